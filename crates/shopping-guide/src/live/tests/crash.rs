//! A process that is killed while it takes in events: whatever it acknowledged is there.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::*;
use crate::SyncMode;

const FOLDER: &str = "LIVE_GUIDE_TEST_FOLDER";

/// Not a test of its own: what the killed process runs.
#[test]
#[ignore = "run by the test below, in a process of its own"]
fn take_in_events_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let folder = std::path::Path::new(&folder);
    let params = LiveParams::default().settle_after(200);
    let mode = SyncMode::Every(Duration::from_millis(10));
    let live = LiveGuide::open(folder, mode, params).unwrap().live;
    let mut number = live.guide().sequence();
    loop {
        number += 1;
        let shopper = format!("shopper {number}");
        let bought = |product| Event::new(&shopper, product, EventKind::Purchase);
        let observed = live.observe_batch([bought("mug"), bought("bowl")]).unwrap();
        assert_eq!(observed.sequence, number);
        // The line is the acknowledgement.
        use std::io::Write;
        writeln!(std::io::stderr(), "ack {number}").unwrap();
        if number % 300 == 0 {
            live.checkpoint().unwrap();
        }
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop");
    let guide = built(Events::default());
    drop(LiveGuide::create(&path, guide, SyncMode::Never, LiveParams::default()).unwrap());
    let mut rng = guide_core::seeded(5);
    let mut last = 0;
    for _ in 0..more("LIVE_GUIDE_KILLS", 40) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "live::tests::crash::take_in_events_until_killed",
                "--exact",
                "--ignored",
                "--nocapture",
            ])
            .env(FOLDER, &path)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let n_lines = rand::RngExt::random_range(&mut rng, 1..200);
        let mut acknowledged = last;
        for (line, number) in lines.zip(0..) {
            let Ok(line) = line else { break };
            if let Some(number) = line.strip_prefix("ack ") {
                // The last line may be cut; what is left of it is a smaller number, or none.
                acknowledged = number.parse().unwrap_or(0).max(acknowledged);
            }
            if number == n_lines {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        let opened = LiveGuide::open(&path, SyncMode::Never, LiveParams::default()).unwrap();
        let guide = opened.live.guide();
        assert!(
            guide.sequence() >= acknowledged,
            "{acknowledged} acknowledged, {} there",
            guide.sequence()
        );
        assert!(acknowledged > last, "the process took nothing in");
        assert_eq!(guide.shoppers().count() as u64, guide.sequence());
        assert_eq!(u64::from(guide.popularity()[1]), guide.sequence());
        last = guide.sequence();
    }
}
