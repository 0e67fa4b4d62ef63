//! Rows of a CSV file, so read that one bad row never takes a good one with it.
//!
//! A stray quote is the usual danger: a reader that trusts it swallows everything up to the next quote, which
//! may be thousands of rows. Here a row that does not close its quotes is joined with the lines that follow
//! only if that gives a row of the right length; otherwise it is a bad row, and reading goes on with the very
//! next line.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use csv::StringRecord;
use csv_core::{ReadRecordResult, Reader};
use flate2::read::MultiGzDecoder;

/// The most lines that one quoted field may span.
const JOINED_LINES_MAX: usize = 100;

/// A row that cannot be read.
#[derive(Debug)]
pub(crate) struct BadRow {
    /// Its line in the file, counted from 1.
    pub(crate) line: u64,
    /// What is wrong with it.
    pub(crate) why: String,
    /// Its text.
    pub(crate) text: String,
}

/// The rows of a file.
pub(crate) struct Rows {
    from: Box<dyn BufRead>,
    parser: Reader,
    header: StringRecord,
    record: StringRecord,
    /// Lines that were read ahead and given back.
    ahead: VecDeque<Vec<u8>>,
    line: u64,
    fields: Vec<u8>,
    ends: Vec<usize>,
}

impl Rows {
    /// Opens a CSV or CSV.gz file and reads its header. `progress` wraps the file, to see how far it is read.
    pub(crate) fn open<R: Read + 'static>(path: &Path, progress: impl FnOnce(File) -> R) -> Result<Self> {
        let file = File::open(path).with_context(|| path.display().to_string())?;
        let file = BufReader::new(progress(file));
        let compressed = path.extension().is_some_and(|extension| extension == "gz");
        let from: Box<dyn BufRead> = if compressed {
            Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(file)))
        } else {
            Box::new(file)
        };
        let mut rows = Self {
            from,
            parser: Reader::new(),
            header: StringRecord::new(),
            record: StringRecord::new(),
            ahead: VecDeque::new(),
            line: 0,
            fields: vec![0; 4096],
            ends: vec![0; 64],
        };
        let header = loop {
            let Some(mut line) = rows.next_line()? else { bail!("{} is empty", path.display()) };
            if line.starts_with(b"\xef\xbb\xbf") {
                line.drain(..3);
            }
            if !line.iter().all(u8::is_ascii_whitespace) {
                break line;
            }
        };
        match rows.parse(&header) {
            Ok(Ended::Row) => rows.header = rows.record.clone(),
            Ok(Ended::InQuotes) => bail!("{}, header: a quote is not closed", path.display()),
            Err(why) => bail!("{}, header: {why}", path.display()),
        }
        Ok(rows)
    }

    pub(crate) const fn header(&self) -> &StringRecord {
        &self.header
    }

    /// The row that was read last.
    pub(crate) const fn record(&self) -> &StringRecord {
        &self.record
    }

    /// Reads the next row; its line, or what is wrong with it. `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Result<u64, BadRow>>> {
        loop {
            let Some(text) = self.next_line()? else { return Ok(None) };
            if text.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let line = self.line;
            let read = match self.parse(&text) {
                Ok(Ended::InQuotes) => self.joined(&text)?,
                read => read,
            };
            let why = match read {
                Ok(Ended::Row) if self.record.len() == self.header.len() => return Ok(Some(Ok(line))),
                Ok(Ended::Row) => format!("{} fields, the header has {}", self.record.len(), self.header.len()),
                Ok(Ended::InQuotes) => "a quote is not closed".to_owned(),
                Err(why) => why,
            };
            let text = String::from_utf8_lossy(&text).trim_end().to_owned();
            return Ok(Some(Err(BadRow { line, why, text })));
        }
    }

    /// Reads a row together with the lines that its open quote spans, if that makes a row of the right length; else
    /// those lines are given back.
    fn joined(&mut self, first: &[u8]) -> Result<Result<Ended, String>> {
        let mut text = first.to_vec();
        let mut taken: Vec<Vec<u8>> = Vec::new();
        while taken.len() < JOINED_LINES_MAX {
            let Some(line) = self.next_line()? else { break };
            text.extend_from_slice(&line);
            taken.push(line);
            match self.parse(&text) {
                Ok(Ended::InQuotes) => {}
                Ok(Ended::Row) if self.record.len() == self.header.len() && is_well_quoted(&text) => {
                    return Ok(Ok(Ended::Row));
                }
                _ => break,
            }
        }
        self.line -= taken.len() as u64;
        while let Some(line) = taken.pop() {
            self.ahead.push_front(line);
        }
        Ok(Ok(Ended::InQuotes))
    }

    /// The next line with its end: a line feed, a carriage return, or both.
    fn next_line(&mut self) -> Result<Option<Vec<u8>>> {
        let mut line = match self.ahead.pop_front() {
            Some(line) => line,
            None => {
                let mut line = Vec::with_capacity(256);
                if self.from.read_until(b'\n', &mut line)? == 0 {
                    return Ok(None);
                }
                line
            }
        };
        let bare = line
            .iter()
            .enumerate()
            .position(|(at, byte)| *byte == b'\r' && line.get(at + 1).is_some_and(|next| *next != b'\n'));
        if let Some(end) = bare {
            self.ahead.push_front(line.split_off(end + 1));
        }
        self.line += 1;
        Ok(Some(line))
    }

    /// Reads a text of one or more lines as one row.
    fn parse(&mut self, text: &[u8]) -> Result<Ended, String> {
        std::str::from_utf8(text).map_err(|error| format!("not UTF-8 at byte {}", error.valid_up_to() + 1))?;
        let body = text.strip_suffix(b"\n").unwrap_or(text);
        let body = body.strip_suffix(b"\r").unwrap_or(body);
        self.parser.reset();
        let (mut written, mut ended) = (0, 0);
        // The end of the row is told apart from what is in it: inside quotes a line feed ends nothing.
        for (mut input, is_end) in [(body, false), (b"\n".as_slice(), true)] {
            loop {
                let (fields, ends) = (self.fields.get_mut(written..), self.ends.get_mut(ended..));
                let (Some(fields), Some(ends)) = (fields, ends) else { return Err("the row is too long".into()) };
                let (result, read, wrote, found) = self.parser.read_record(input, fields, ends);
                input = input.get(read..).unwrap_or_default();
                written += wrote;
                ended += found;
                match result {
                    ReadRecordResult::OutputFull => self.fields.resize(self.fields.len() * 2, 0),
                    ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                    ReadRecordResult::InputEmpty if is_end => return Ok(Ended::InQuotes),
                    ReadRecordResult::InputEmpty => break,
                    ReadRecordResult::Record | ReadRecordResult::End if is_end => break,
                    ReadRecordResult::Record | ReadRecordResult::End => return Err("a row ends within the line".into()),
                }
            }
        }
        self.record.clear();
        let mut begin = 0;
        for end in self.ends.iter().take(ended) {
            let field = self.fields.get(begin..*end).unwrap_or_default();
            self.record.push_field(std::str::from_utf8(field).map_err(|error| error.to_string())?);
            begin = *end;
        }
        Ok(Ended::Row)
    }
}

/// Whether every quoted field of a row ends at a comma or at the row's end. One line may be read more leniently, but
/// a row that claims several must be beyond doubt.
fn is_well_quoted(text: &[u8]) -> bool {
    let mut rest = text.trim_ascii_end();
    loop {
        let field = match rest.strip_prefix(b"\"") {
            None => rest.iter().position(|byte| *byte == b',').unwrap_or(rest.len()),
            Some(_) => match quoted_length(rest) {
                Some(length) => length,
                None => return false,
            },
        };
        match rest.get(field..) {
            Some([b',', next @ ..]) => rest = next,
            Some([]) => return true,
            _ => return false,
        }
    }
}

/// How long the quoted field is with which a text begins; `None` if it does not end.
fn quoted_length(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match (text.get(at)?, text.get(at + 1)) {
            (b'"', Some(b'"')) => at += 2,
            (b'"', _) => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// Where a text of lines leaves the reader.
enum Ended {
    /// At the end of a row.
    Row,
    /// Inside a quoted field.
    InQuotes,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Result<Vec<String>, (u64, String)>> {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("prm-rows-{}-{number}.csv", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let mut rows = Rows::open(&path, |file| file).unwrap();
        let mut out = Vec::new();
        while let Some(next) = rows.next().unwrap() {
            out.push(match next {
                Ok(_) => Ok(rows.record().iter().map(str::to_owned).collect()),
                Err(BadRow { line, why, .. }) => Err((line, why)),
            });
        }
        std::fs::remove_file(&path).unwrap();
        out
    }

    #[test]
    fn a_stray_quote_takes_no_other_row_with_it() {
        let rows = read("a,b\n1,\"x\n2,y\n3,\"z\"\n4,w");
        assert_eq!(rows[0], Err((2, "a quote is not closed".to_owned())));
        assert_eq!(
            rows[1..],
            [Ok(vec!["2".into(), "y".into()]), Ok(vec!["3".into(), "z".into()]), Ok(vec!["4".into(), "w".into()])]
        );
    }

    #[test]
    fn quoted_line_breaks_commas_and_quotes_are_read() {
        let rows = read("\u{feff}a,b\r\n\"1,5\",\"two\nlines\"\r\n\n\"say \"\"hi\"\"\",\n");
        assert_eq!(
            rows,
            [Ok(vec!["1,5".to_owned(), "two\nlines".to_owned()]), Ok(vec!["say \"hi\"".to_owned(), String::new()])]
        );
    }

    #[test]
    fn a_quote_within_a_field_is_a_character() {
        let rows = read("a,b\n1,5\" pipe\n2,x\n3,y\n4,7\" pipe\n5,z\n");
        let first: Vec<String> = rows.iter().map(|row| row.as_ref().unwrap()[0].clone()).collect();
        assert_eq!(first, ["1", "2", "3", "4", "5"]);
        assert_eq!(rows[3].as_ref().unwrap()[1], "7\" pipe");
    }

    #[test]
    fn every_end_of_line_ends_a_row() {
        let expected = [Ok(vec!["1".to_owned(), "x".to_owned()]), Ok(vec!["2".to_owned(), "y".to_owned()])];
        for text in ["a,b\n1,x\n2,y\n", "a,b\r\n1,x\r\n2,y", "a,b\r1,x\r2,y\r", "\n \na,b\n1,x\r2,y\n"] {
            assert_eq!(read(text), expected, "{text:?}");
        }
        assert_eq!(read("a,b\n\"1\r2\",x\n"), [Ok(vec!["1\r2".to_owned(), "x".to_owned()])]);
    }

    #[test]
    fn rows_of_another_length_are_bad_alone() {
        let rows = read("a,b\n1\n1,2,3\n1,2\n");
        assert_eq!(rows[0], Err((2, "1 fields, the header has 2".to_owned())));
        assert_eq!(rows[1], Err((3, "3 fields, the header has 2".to_owned())));
        assert_eq!(rows[2], Ok(vec!["1".to_owned(), "2".to_owned()]));
    }

    #[test]
    fn wide_and_long_rows_fit() {
        let wide: Vec<String> = (0..300).map(|n| n.to_string()).collect();
        let long = "x".repeat(20_000);
        let rows = read(&format!("{0}\n{0}\n", wide.join(",")));
        assert_eq!(rows, [Ok(wide)]);
        assert_eq!(read(&format!("a\n{long}\n")), [Ok(vec![long])]);
    }
}
