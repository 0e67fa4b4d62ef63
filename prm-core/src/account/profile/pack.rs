//! A profile as bytes, for a store that compares many accounts and reads the facts of few.
//!
//! The form belongs to [`KEY_VERSION`](crate::account::keys::KEY_VERSION): bytes of another version are made anew from the
//! account. Whole numbers are little-endian; counts and places in the text are of two bytes where that is enough.

use super::{Domain, Name, Profile, Token};
use crate::account::word::Class;

/// The first byte: what follows is of this form.
const FORM: u8 = 1;

const CLASSES: [Class; 3] = [Class::Core, Class::Small, Class::Legal];

struct Writer(Vec<u8>);

impl Writer {
    fn count(&mut self, count: usize) {
        self.u32(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// Up to 65,534 in two bytes, more in six.
    fn u32(&mut self, value: u32) {
        match u16::try_from(value) {
            Ok(small) if small < u16::MAX => self.0.extend(small.to_le_bytes()),
            _ => {
                self.0.extend(u16::MAX.to_le_bytes());
                self.0.extend(value.to_le_bytes());
            }
        }
    }

    fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    fn part(&mut self, (start, length): (u32, u32)) {
        self.u32(start);
        self.u32(length);
    }
}

struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Option<u32> {
        match u16::from_le_bytes(self.take()?) {
            u16::MAX => Some(u32::from_le_bytes(self.take()?)),
            small => Some(u32::from(small)),
        }
    }

    fn count(&mut self) -> Option<usize> {
        // No more things than bytes: what is damaged must not make us reserve all memory.
        self.u32().and_then(|count| usize::try_from(count).ok()).filter(|count| *count <= self.0.len())
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take()?))
    }

    fn part(&mut self) -> Option<(u32, u32)> {
        Some((self.u32()?, self.u32()?))
    }

    fn bytes(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }
}

impl Profile {
    /// The profile as bytes.
    ///
    /// ```
    /// use prm_core::account::{Account, AccountFacts, Profile};
    /// let profile = Profile::new(&Account::new(AccountFacts::new("1".parse()?, "Weyland-Yutani Corp."))?);
    /// let bytes = profile.to_bytes();
    /// assert_eq!(Profile::from_bytes(&bytes).as_ref(), Some(&profile));
    /// assert_eq!(Profile::from_bytes(&bytes[1..]), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer(Vec::with_capacity(64 + self.text.len() + 32 * self.tokens.len() + 72 * self.names.len()));
        out.0.push(FORM);
        out.count(self.text.len());
        out.0.extend(self.text.as_bytes());
        out.count(self.tokens.len());
        for token in &self.tokens {
            out.u64(token.sense);
            out.u64(token.letters);
            out.u32(token.weight);
            out.0.extend(token.sound.to_le_bytes());
            out.u32(token.start);
            out.u32(u32::from(token.length));
            out.0.push(token.initial);
            out.0.push(
                CLASSES
                    .iter()
                    .position(|class| *class == token.class)
                    .and_then(|at| u8::try_from(at).ok())
                    .unwrap_or(0),
            );
        }
        out.count(self.names.len());
        for name in &self.names {
            out.part((name.first, name.count));
            out.part(name.joined);
            out.part(name.initials);
            out.part(name.all_initials);
            out.0.extend(name.pairs.to_le_bytes());
            out.u64(name.print);
            out.u64(name.sound);
            out.u32(name.weight);
            out.u32(name.cores);
            out.0.push(u8::from(name.foreign));
        }
        out.count(self.domains.len());
        for domain in &self.domains {
            [domain.host, domain.registered, domain.label].into_iter().for_each(|value| out.u64(value));
            out.part(domain.text);
        }
        out.0.extend(self.country);
        [self.city, self.phone, self.tax_id, self.duns].into_iter().for_each(|value| out.u64(value));
        out.0
    }

    /// The profile in bytes; `None` if they are none, or of another form.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader(bytes);
        if from.u8()? != FORM {
            return None;
        }
        let length = from.count()?;
        let text = std::str::from_utf8(from.bytes(length)?).ok()?.into();
        let tokens = (0..from.count()?).map(|_| token(&mut from)).collect::<Option<Box<[Token]>>>()?;
        let names = (0..from.count()?).map(|_| name(&mut from)).collect::<Option<Box<[Name]>>>()?;
        let domains = (0..from.count()?).map(|_| domain(&mut from)).collect::<Option<Box<[Domain]>>>()?;
        let country = from.take()?;
        let (city, phone, tax_id, duns) = (from.u64()?, from.u64()?, from.u64()?, from.u64()?);
        from.0.is_empty().then_some(Self { text, tokens, names, domains, country, city, phone, tax_id, duns })
    }
}

fn token(from: &mut Reader<'_>) -> Option<Token> {
    Some(Token {
        sense: from.u64()?,
        letters: from.u64()?,
        weight: from.u32()?,
        sound: u32::from_le_bytes(from.take()?),
        start: from.u32()?,
        length: from.u32().and_then(|length| u16::try_from(length).ok())?,
        initial: from.u8()?,
        class: *CLASSES.get(usize::from(from.u8()?))?,
    })
}

fn name(from: &mut Reader<'_>) -> Option<Name> {
    let (first, count) = from.part()?;
    Some(Name {
        first,
        count,
        joined: from.part()?,
        initials: from.part()?,
        all_initials: from.part()?,
        pairs: u128::from_le_bytes(from.take()?),
        print: from.u64()?,
        sound: from.u64()?,
        weight: from.u32()?,
        cores: from.u32()?,
        foreign: from.u8()? != 0,
    })
}

fn domain(from: &mut Reader<'_>) -> Option<Domain> {
    Some(Domain { host: from.u64()?, registered: from.u64()?, label: from.u64()?, text: from.part()? })
}
