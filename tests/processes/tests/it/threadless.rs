//! Processes for which the system starts no threads.

use std::process::Command;

#[test]
fn builds_merges_and_parallel_iterators_do_without_threads_that_cannot_be_started() {
    for what in ["build", "par_build", "merge", "par_iter", "all"] {
        let directory = tempfile::tempdir().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_threadless"))
            .arg(what)
            .arg(directory.path())
            // No address space has room for such a stack.
            .env("RUST_MIN_STACK", (1u64 << 62).to_string())
            .env_remove("RAYON_NUM_THREADS")
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{what}: {}\n{errors}", output.status);
        assert_eq!(errors, "", "{what}");
    }
}
