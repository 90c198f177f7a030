//! A correct custodian that serves one connection at a time, with the short queue that small servers have.

use super::servers::{Custodian, request};
use super::sharecheck;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// As long as Python's `http.server` has it.
const QUEUE: u32 = 5;

async fn one_by_one(listener: TcpListener, behind: SocketAddr) -> std::io::Result<()> {
    loop {
        let (mut stream, _) = listener.accept().await?;
        let asked = request(&mut stream).await?;
        let asked = asked.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        let mut custodian = TcpStream::connect(behind).await?;
        custodian.write_all(asked.as_bytes()).await?;
        let mut answer = Vec::new();
        custodian.read_to_end(&mut answer).await?;
        // A peer that has gone has its answer no more; the next one is waiting.
        let _ = stream.write_all(&answer).await;
        let _ = stream.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custodian_that_serves_one_connection_at_a_time_is_not_overrun() {
    let custodian = Custodian::start(None, &[]).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(QUEUE).unwrap();
    let url = format!("http://{}/portal", listener.local_addr().unwrap());
    let serving = tokio::spawn(one_by_one(listener, custodian.address()));
    let said = sharecheck(&["run", "-u", &url, "--no-progress", "-q", "replace"], &[]).await;
    serving.abort();
    assert_eq!(said.code, 0, "{}", said.text);
}
