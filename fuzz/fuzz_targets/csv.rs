#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pinpoint_emulator::fuzzing::csv(bytes));
