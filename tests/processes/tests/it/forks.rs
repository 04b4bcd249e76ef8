//! Children of processes that have used massmap.

use std::process::Command;

/// Runs the program that does what `before` says and then forks.
fn forks(before: &str) {
    forks_with(before, &[]);
}

fn forks_with(before: &str, variables: &[(&str, &str)]) {
    let output = Command::new(env!("CARGO_BIN_EXE_forks"))
        .arg(before)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{before}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_child_works_if_its_parent_has_done_nothing() {
    forks("nothing");
}

#[test]
fn a_child_works_if_its_parent_has_built_a_single_entry_which_starts_no_threads() {
    forks("one entry");
}

#[test]
fn a_child_works_if_its_parent_has_built_with_shared_threads() {
    forks("a build");
    // A machine may have a single processor.
    forks_with("a build", &[("RAYON_NUM_THREADS", "4")]);
}

#[test]
fn a_child_works_if_its_parent_has_built_with_its_own_threads() {
    forks("a build with threads of its own");
}

#[test]
fn a_child_works_if_its_parent_has_merged() {
    forks("merges");
}

#[test]
fn a_child_works_if_its_parent_has_built_from_a_parallel_iterator() {
    forks("parallel builds");
}

#[test]
fn a_child_works_if_its_parent_has_iterated_in_parallel() {
    forks("parallel iteration");
}

#[test]
fn a_child_works_if_its_parent_has_done_everything() {
    forks("everything");
}

#[test]
fn a_child_works_if_its_parent_has_used_rayon_without_massmap() {
    forks("rayon alone");
    forks("a global pool of its own");
}

#[test]
fn a_child_forked_while_reads_are_in_flight_works_and_so_does_its_parent() {
    forks("a fork in a callback");
}

#[test]
fn a_child_forked_by_a_thread_of_a_pool_works() {
    forks("a fork on a thread of a pool");
}

#[test]
fn children_forked_while_other_threads_build_and_read_work() {
    forks("forks while other threads work");
}
