//! Speed of decoding.
use std::time::Instant;
fn main() {
    let day: gc_core::Day = "2026-11-21".parse().unwrap();
    let mut pages = Vec::new();
    for entry in std::fs::read_dir("/tmp/bench").unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with("page-") {
            pages.push(bytes::Bytes::from(std::fs::read(path).unwrap()));
        }
    }
    let total: usize = pages.iter().map(|p| p.len()).sum();
    let mut decoder = gc_analytics::RowDecoder::new(day.interval(), gc_analytics::Via::Job, day.start());
    for _ in 0..3 {
        let begin = Instant::now();
        let parsed: Vec<_> = pages.iter().map(|p| gc_analytics::Page::parse(p.clone()).unwrap()).collect();
        let split = begin.elapsed();
        let (mut rows, mut bytes) = (0, 0);
        for page in &parsed {
            let r = decoder.decode(page);
            rows += r.batch.num_rows();
            bytes += r.batch.get_array_memory_size();
            assert!(r.set_aside.is_empty());
        }
        let all = begin.elapsed();
        println!("{total} bytes, {rows} rows, arrow {bytes}, split {:.0} MB/s, decode {:.0} MB/s, both {:.0} MB/s",
            total as f64 / 1e6 / split.as_secs_f64(), total as f64 / 1e6 / (all - split).as_secs_f64(), total as f64 / 1e6 / all.as_secs_f64());
    }
}
