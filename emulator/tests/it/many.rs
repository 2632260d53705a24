//! Many emulators in one process.

use aws_sdk_pinpoint::types::JobStatus;
use pinpoint_emulator::{Emulator, Pace};
use tokio::task::JoinSet;

use crate::client::{APPLICATION, Clients};

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_emulators_serve_an_export_each() {
    let mut tests = JoinSet::new();
    for index in 0..200 {
        tests.spawn(async move {
            let builder = Emulator::builder()
                .application(APPLICATION, 20)
                .bucket("exports");
            let emulator = builder
                .pace(Pace::Instant)
                .seed(index)
                .start()
                .await
                .unwrap();
            let clients = Clients::of(&emulator);
            let job = clients.create_export_job("s3://exports/a").await;
            let job = clients.wait(job.id().unwrap()).await;
            assert_eq!(job.job_status, Some(JobStatus::Completed));
            assert_eq!(clients.lines("exports", "a/").await.len(), 20);
            let addr = emulator.listen_addr();
            emulator.shutdown().await;
            assert!(
                tokio::net::TcpStream::connect(addr).await.is_err(),
                "stopped"
            );
        });
    }
    while let Some(test) = tests.join_next().await {
        test.unwrap();
    }
}

#[tokio::test]
async fn a_dropped_emulator_stops() {
    let emulator = Emulator::builder().start().await.unwrap();
    let addr = emulator.listen_addr();
    drop(emulator);
    // The accept loop ends as soon as it is polled again.
    while tokio::net::TcpStream::connect(addr).await.is_ok() {
        tokio::task::yield_now().await;
    }
}
