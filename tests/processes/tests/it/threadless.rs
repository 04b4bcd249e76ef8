//! Processes that cannot start threads.

use std::process::Command;

#[test]
fn builds_merges_and_parallel_iterators_work_if_threads_cannot_be_started() {
    for what in ["build", "par_build", "merge", "par_iter", "all"] {
        let directory = tempfile::tempdir().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_threadless"))
            .arg(what)
            .arg(directory.path())
            // No address space is large enough for such a stack.
            .env("RUST_MIN_STACK", (1u64 << 62).to_string())
            .env_remove("RAYON_NUM_THREADS")
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{what}: {}\n{errors}", output.status);
        assert_eq!(errors, "", "{what}");
    }
}
