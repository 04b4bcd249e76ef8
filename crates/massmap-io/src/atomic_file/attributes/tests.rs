use super::*;

fn without_list(mode: u32) -> Rights {
    Rights { mode, list: None }
}

#[test]
fn another_group_gets_no_rights_and_the_former_one_no_more_than_before() {
    for (old, new) in [
        (0o660, 0o600),
        (0o664, 0o604),
        (0o644, 0o604),
        (0o600, 0o600),
        // Members of the former group, who had no rights, are others now.
        (0o604, 0o600),
        (0o647, 0o604),
        (0o777, 0o707),
        (0o755, 0o705),
    ] {
        let rights = without_list(old).for_another_group();
        assert_eq!(rights.mode, new, "{old:o}");
        assert!(rights.list.is_none());
    }
}

#[test]
fn refusals_and_failures_are_distinguished() {
    use rustix::io::Errno;
    for refusal in [
        Errno::PERM,
        Errno::ACCESS,
        Errno::NOTSUP,
        Errno::NOSYS,
        Errno::INVAL,
        Errno::OVERFLOW,
        Errno::DQUOT,
    ] {
        assert!(!granted(Err(refusal.into())).unwrap(), "{refusal}");
    }
    for failure in [Errno::IO, Errno::NOSPC, Errno::ROFS] {
        let error = granted(Err(failure.into())).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(failure.raw_os_error()));
    }
    assert!(granted(Ok(())).unwrap());
}

#[cfg(target_os = "linux")]
mod linux;
