//! One connection.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::answer::{self, Answer};
use super::fault::Fault;
use super::latency::wait_until;
use super::request::Request;
use super::shared::Shared;

/// The longest head of a request, in bytes.
const LONGEST_HEAD: usize = 64 << 10;

/// Answers the requests of a connection, one after the other, until either side closes it.
pub(crate) async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let _open = shared.connect();
    // Ends with an error if the other side goes away, which clients may.
    let _ = serve_all(stream, shared).await;
}

async fn serve_all(mut stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut read = Vec::new();
    loop {
        let Some(head_end) = read_head(&mut stream, &mut read).await? else {
            return Ok(());
        };
        let begun = Instant::now();
        let Some((request, _in_flight)) = shared.begin(&read[..head_end]) else {
            return Ok(());
        };
        let body_end = head_end + 4 + request.body_length();
        while read.len() < body_end {
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        }
        let content = read[head_end + 4..body_end].to_vec();
        read.drain(..body_end);

        let fault = shared.fault(&request);
        let (latency, ignores_if_match) = {
            let settings = shared.settings();
            (settings.latency, settings.ignores_if_match)
        };
        if let Some(latency) = latency {
            wait_until(begun + latency.of(request.number)).await;
        }
        match fault {
            Fault::Close => return Ok(()),
            Fault::Reset => return stream.set_zero_linger(),
            Fault::Stall => return stall(&mut stream).await,
            Fault::Delay(delay) => wait_until(Instant::now() + delay).await,
            _ => {}
        }
        let upload = match fault {
            Fault::Status(_) => None,
            _ => shared.uploads.answer(&request, &content, &shared.objects),
        };
        let answer = upload
            .unwrap_or_else(|| answer::to(&request, content, &shared.objects, ignores_if_match, &fault));
        shared.record().bytes_sent += answer.body.len() as u64;
        if !send(&mut stream, &request, answer, &fault).await? {
            return Ok(());
        }
    }
}

/// Reads until the end of a head is there, and tells where it is. `None` if the other side is done.
async fn read_head(stream: &mut TcpStream, read: &mut Vec<u8>) -> io::Result<Option<usize>> {
    loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            return Ok(Some(end));
        }
        if read.len() > LONGEST_HEAD || stream.read_buf(read).await? == 0 {
            return Ok(None);
        }
    }
}

/// Sends an answer, and tells whether the connection goes on.
async fn send(stream: &mut TcpStream, request: &Request, answer: Answer, fault: &Fault) -> io::Result<bool> {
    let Answer { mut head, body } = answer;
    let sent = match *fault {
        Fault::CloseAfter(sent) | Fault::StallAfter(sent) => body.len().min(sent),
        _ => body.len(),
    };
    if let Fault::Trickle(pause) = *fault {
        stream.write_all(&head).await?;
        for byte in &body {
            wait_until(Instant::now() + pause).await;
            stream.write_all(&[*byte]).await?;
        }
    } else if body.len() <= 64 << 10 {
        // One packet, or few.
        head.extend_from_slice(&body[..sent]);
        stream.write_all(&head).await?;
    } else {
        stream.write_all(&head).await?;
        stream.write_all(&body[..sent]).await?;
    }
    match *fault {
        Fault::CloseAfter(_) | Fault::Pretend(_) | Fault::ThenClose => {
            stream.shutdown().await?;
            Ok(false)
        }
        Fault::StallAfter(_) => stall(stream).await.map(|()| false),
        _ => Ok(request.header("connection") != Some("close")),
    }
}

/// Waits until the other side closes the connection.
async fn stall(stream: &mut TcpStream) -> io::Result<()> {
    let mut ignored = [0; 1024];
    while stream.read(&mut ignored).await? > 0 {}
    Ok(())
}
