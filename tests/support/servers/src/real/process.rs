//! Processes that listen.

use std::env;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

/// How long a server may take until it answers. Those in Python take seconds on a busy machine.
const LONGEST_START: Duration = Duration::from_secs(60);

/// A process that is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        command.spawn().map(Self)
    }

    /// Waits until the server at `address` answers requests.
    pub(crate) fn wait_until_it_answers(&mut self, address: SocketAddr) -> io::Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < LONGEST_START {
            if let Some(status) = self.0.try_wait()? {
                return Err(io::Error::other(format!("it ended with {status}")));
            }
            if answers(address).is_ok() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "it does not answer"))
    }
}

/// Sends a request for a path that is not there, and waits for an answer of any kind.
fn answers(address: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(b"GET /is-it-there HTTP/1.0\r\n\r\n")?;
    let mut first = [0; 5];
    stream.read_exact(&mut first)?;
    match &first {
        b"HTTP/" => Ok(()),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An address that nobody listens at. Another process may take it before the server does, which then ends.
pub(crate) fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// The program that an environment variable names, or `otherwise`.
pub(crate) fn program(variable: &str, otherwise: &str) -> OsString {
    env::var_os(variable).unwrap_or_else(|| otherwise.into())
}
