//! How many messages a second a program answers: a compiled one, a Python one and one in shell,
//! each with one write and one read a message.
//!
//! `cargo bench --bench program`. It prints a line for each and their ratio; nothing is judged.

use std::io::{BufRead, Write};
use std::time::Instant;

use stopsim::controller::policy::Program;
use stopsim::program::Process;
use stopsim::units::SimDuration;

/// What programs are told most.
const MESSAGE: &[u8] =
    b"{\"type\":\"answer\",\"call\":1234,\"refused\":{\"code\":\"InternalError\",\
    \"http\":500,\"message\":\"The request processing has failed due to some unknown error.\",\
    \"class\":\"server\",\"request_id\":\"C342F4FF-84D3-36C9-6583-14EFB567538E\"},\
    \"now\":28800633769,\"time\":\"2026-03-02T08:00:00.633769+08:00\"}\n";

const PYTHON: &str = "import json, sys\n\
    for line in sys.stdin:\n    \
        message = json.loads(line)\n    \
        at = message['now'] + 1000000\n    \
        print(json.dumps({'actions': [{'do': 'wake', 'at': at, 'token': 1}]}), flush=True)\n";

const SHELL: &str = "while read -r line; do echo '{\"actions\":[]}'; done";

fn main() {
    if std::env::args().nth(1).as_deref() == Some("echo") {
        return echo();
    }
    let me = std::env::current_exe().expect("this program has a path");
    let compiled = rate(&[&me.to_string_lossy(), "echo"], 100_000);
    let python = rate(&["python3", "-c", PYTHON], 50_000);
    let shell = rate(&["sh", "-c", SHELL], 50_000);
    let named = [("compiled", compiled), ("python3", python), ("sh", shell)];
    for (name, rate) in named {
        match rate {
            Some(rate) => println!("{name:9} {rate:>8} messages/s"),
            None => println!("{name:9} is not here"),
        }
    }
    if let (Some(compiled), Some(python)) = (compiled, python) {
        println!("compiled ÷ python3: {}.{:02}", compiled / python, compiled * 100 / python % 100);
    }
}

/// The compiled program: it answers every line with one.
fn echo() {
    let (input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    for line in input.lines().map_while(Result::ok) {
        let at = line.split("\"now\":").nth(1).and_then(|rest| rest.split(',').next());
        let at = at.unwrap_or("0");
        let told =
            writeln!(output, "{{\"actions\":[{{\"do\":\"wake\",\"at\":{at},\"token\":1}}]}}");
        if told.and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}

/// Messages a second, the best of three; none if there is no such program.
fn rate(command: &[&str], messages: u32) -> Option<u64> {
    let command = command.iter().map(|word| (*word).to_owned()).collect();
    let reply_within = SimDuration::from_secs(10);
    let program = Program { command, folder: ".".to_owned(), reply_within };
    let mut process = Process::start(&program, &[]).ok()?;
    process.ask(MESSAGE).ok()?;
    let mut best = 0;
    for _ in 0..3 {
        #[expect(clippy::disallowed_methods, reason = "what is measured is time")]
        let began = Instant::now();
        for _ in 0..messages {
            process.ask(MESSAGE).expect("it answers");
        }
        let micros = began.elapsed().as_micros().max(1) as u64;
        best = best.max(u64::from(messages) * 1_000_000 / micros);
    }
    Some(best)
}
