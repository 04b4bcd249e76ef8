//! nginx.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::process::{Process, free_address, program};
use super::required::NotInstalled;

/// nginx, which serves the files of a temporary directory over plain HTTP, without a cache and without compression.
///
/// It is found as `nginx`, or at `/usr/sbin/nginx`, or where the environment variable `MASSMAP_NGINX` says.
#[derive(Debug)]
pub struct Nginx {
    address: SocketAddr,
    directory: TempDir,
    _process: Process,
}

const VARIABLE: &str = "MASSMAP_NGINX";

/// A request as the access log tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Such as `GET`.
    pub method: String,
    /// Begins with a slash.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
    /// The header `Range`. Empty if there was none.
    pub range: String,
    /// The header `If-Match`, whose quotes the log shows as `\x22`. Empty if there was none.
    pub if_match: String,
}

impl Nginx {
    /// Starts nginx.
    ///
    /// # Errors
    ///
    /// If it is not installed, or does not start.
    pub fn start() -> Result<Self, NotInstalled> {
        Self::try_start().map_err(|reason| NotInstalled {
            server: "nginx",
            variable: VARIABLE,
            advice: "install it (Debian: nginx-light)",
            reason,
        })
    }

    fn try_start() -> io::Result<Self> {
        let directory = tempfile::tempdir()?;
        let path = directory.path();
        fs::create_dir(path.join("files"))?;
        let address = free_address()?;
        fs::write(path.join("nginx.conf"), configuration(path, address))?;
        let start = |program: &Path| {
            let mut command = Command::new(program);
            command.arg("-p").arg(path).arg("-c").arg(path.join("nginx.conf"));
            // Before it has read its configuration, it would complain about a log that only root may write.
            command.arg("-e").arg(path.join("error.log"));
            Process::start(
                command
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null()),
            )
        };
        let started = start(&PathBuf::from(program(VARIABLE, "nginx")));
        // Where Debian has it is not in the path of users.
        let started = match started {
            Err(error) if error.kind() == io::ErrorKind::NotFound && std::env::var_os(VARIABLE).is_none() => {
                start(Path::new("/usr/sbin/nginx")).map_err(|_| error)
            }
            started => started,
        };
        let mut process = started?;
        process.wait_until_it_answers(address)?;
        let nginx = Self {
            address,
            directory,
            _process: process,
        };
        // The log begins with the request of whoever waited.
        nginx.wait_for_log(|log| !log.is_empty());
        nginx.forget_requests();
        Ok(nginx)
    }

    /// The URL of the file with a name.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }

    /// Replaces the file with a name, by renaming another one. Its ETag is made of its time, in seconds, and its length.
    ///
    /// # Panics
    ///
    /// Panics if it cannot be written.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        let new = path.with_extension("new");
        fs::write(&new, bytes).expect("the directory is ours");
        fs::rename(&new, &path).expect("both are in one directory");
    }

    /// Where the file with a name lies.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join("files").join(name)
    }

    /// The requests since the start, or since [`forget_requests`](Self::forget_requests), in the order of their answers. There must be
    /// `count` of them, for which it waits: nginx logs a request after its answer.
    ///
    /// # Panics
    ///
    /// Panics if there are more.
    #[must_use]
    pub fn requests(&self, count: usize) -> Vec<Logged> {
        self.wait_for_log(|log| log.lines().count() >= count);
        // Those that should not be there may be logged a moment later.
        thread::sleep(Duration::from_millis(20));
        let requests = self.logged();
        assert_eq!(requests.len(), count, "{requests:?}");
        requests
    }

    /// The requests that were logged since the start, or since [`forget_requests`](Self::forget_requests), which may not be all.
    ///
    /// # Panics
    ///
    /// Panics if the log cannot be read.
    #[must_use]
    pub fn logged(&self) -> Vec<Logged> {
        self.wait_for_log(|_| true).lines().map(parse).collect()
    }

    /// Counts from 0 again.
    ///
    /// # Panics
    ///
    /// Panics if the log cannot be emptied.
    pub fn forget_requests(&self) {
        fs::write(self.log(), "").expect("the directory is ours");
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("access.log")
    }

    fn wait_for_log(&self, is_complete: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let log = fs::read_to_string(self.log()).expect("nginx keeps a log");
            if is_complete(&log) || begun.elapsed() > Duration::from_secs(10) {
                return log;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

fn parse(line: &str) -> Logged {
    let fields: Vec<_> = line.split('\t').collect();
    let &[method, path, status, range, if_match] = &fields[..] else {
        panic!("a line of the log has five fields: {line}");
    };
    // nginx writes a hyphen for nothing.
    let or_nothing = |field: &str| match field {
        "-" => String::new(),
        field => field.to_owned(),
    };
    Logged {
        method: method.to_owned(),
        path: path.to_owned(),
        status: status.parse().expect("statuses are numbers"),
        range: or_nothing(range),
        if_match: or_nothing(if_match),
    }
}

fn configuration(directory: &Path, address: SocketAddr) -> String {
    let directory = directory.display();
    format!(
        "daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{ worker_connections 1024; }}
http {{
    log_format requests '$request_method\\t$uri\\t$status\\t$http_range\\t$http_if_match';
    access_log {directory}/access.log requests;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    keepalive_requests 1000000;
    server {{
        listen {address};
        root {directory}/files;
    }}
}}
"
    )
}
