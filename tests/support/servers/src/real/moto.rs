//! moto, which imitates S3.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::process::{Process, free_address, program};
use super::required::NotInstalled;

/// moto, a server that imitates S3, with objects in memory. It takes any credentials.
///
/// It is found as `moto_server`, or where the environment variable `MASSMAP_MOTO` says.
#[derive(Debug)]
pub struct Moto {
    address: SocketAddr,
    directory: TempDir,
    _process: Process,
}

const VARIABLE: &str = "MASSMAP_MOTO";

impl Moto {
    /// Starts moto.
    ///
    /// # Errors
    ///
    /// If it is not installed, or does not start.
    pub fn start() -> Result<Self, NotInstalled> {
        Self::try_start().map_err(|reason| NotInstalled {
            server: "moto",
            variable: VARIABLE,
            advice: "install it (pip install 'moto[s3,server]')",
            reason,
        })
    }

    fn try_start() -> io::Result<Self> {
        let directory = tempfile::tempdir()?;
        let log = File::create(directory.path().join("log"))?;
        let address = free_address()?;
        let mut command = Command::new(program(VARIABLE, "moto_server"));
        command
            .arg("-H")
            .arg(address.ip().to_string())
            .arg("-p")
            .arg(address.port().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        let mut process = Process::start(&mut command)?;
        process.wait_until_it_answers(address)?;
        Ok(Self {
            address,
            directory,
            _process: process,
        })
    }

    /// Its URL, without a slash at the end.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes a bucket.
    ///
    /// # Panics
    ///
    /// Panics if moto refuses.
    pub fn make_bucket(&self, bucket: &str) {
        self.send("PUT", &format!("/{bucket}"), &[]);
    }

    /// Puts an object into a bucket, instead of what is there.
    ///
    /// # Panics
    ///
    /// Panics if moto refuses.
    pub fn put(&self, bucket: &str, key: &str, bytes: &[u8]) {
        self.send("PUT", &format!("/{bucket}/{key}"), bytes);
    }

    /// The object in a bucket, with a request that [`requests`](Self::requests) has, too.
    ///
    /// # Panics
    ///
    /// Panics if moto refuses.
    #[must_use]
    pub fn get(&self, bucket: &str, key: &str) -> Vec<u8> {
        self.send("GET", &format!("/{bucket}/{key}"), &[])
    }

    /// The requests of clients for objects in a bucket so far, as `GET /bucket/key 206`, in the order of their answers. Without those that
    /// [`put`](Self::put) made.
    ///
    /// # Panics
    ///
    /// Panics if the log cannot be read.
    #[must_use]
    pub fn requests(&self, bucket: &str) -> Vec<String> {
        let mut requests = self.all_requests(bucket);
        requests.retain(|request| !request.starts_with("PUT "));
        requests
    }

    /// The same with those that put objects or parts of them, also those of [`put`](Self::put).
    ///
    /// # Panics
    ///
    /// Panics if the log cannot be read.
    #[must_use]
    pub fn all_requests(&self, bucket: &str) -> Vec<String> {
        let log = fs::read_to_string(self.directory.path().join("log")).expect("moto keeps a log");
        let prefix = format!("/{bucket}/");
        // Such as: 127.0.0.1 - - [01/Jan/2024 00:00:00] "GET /bucket/key HTTP/1.1" 206 -
        // with codes for colours before the method, which depend on the status.
        let of_line = |line: &str| {
            let (_, request) = line.split_once("] \"")?;
            let request = request.trim_start_matches(|letter: char| !letter.is_ascii_uppercase());
            let mut words = request.split(' ');
            let (method, path, _, status) = (words.next()?, words.next()?, words.next()?, words.next()?);
            path.starts_with(&prefix)
                .then(|| format!("{method} {path} {status}"))
        };
        log.lines().filter_map(of_line).collect()
    }

    /// Returns the body of the answer.
    fn send(&self, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
        let send = || -> io::Result<Vec<u8>> {
            let mut stream = TcpStream::connect(self.address)?;
            stream.set_read_timeout(Some(Duration::from_secs(60)))?;
            // The header names the service; the signature is not checked.
            let head = format!(
                "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\nAuthorization: AWS4-HMAC-SHA256 \
                 Credential=test/20240101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=none\r\n\r\n",
                self.address,
                body.len()
            );
            stream.write_all(head.as_bytes())?;
            stream.write_all(body)?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer)?;
            Ok(answer)
        };
        let mut answer = send().expect("moto answers");
        let head = answer.windows(4).position(|window| window == b"\r\n\r\n");
        let body = answer.split_off(head.expect("moto speaks HTTP") + 4);
        let head = String::from_utf8_lossy(&answer);
        let status = head.lines().next().unwrap_or_default();
        assert!(
            status.contains(" 200 "),
            "{method} {path}: {head}{}",
            String::from_utf8_lossy(&body)
        );
        body
    }
}
