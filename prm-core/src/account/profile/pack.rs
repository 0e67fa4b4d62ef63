//! A profile as bytes, for a store that compares many accounts and reads the facts of few.
//!
//! Short before quick: a comparison waits for the page that the bytes are on, so what follows from other parts is left out.
//! Bytes of another form, or kept with keys of another [`KEY_VERSION`](crate::account::keys::KEY_VERSION), are made anew from
//! the account. Hashes are little-endian; counts are of one byte, or of five from 255 on.

use super::{Domain, Name, Profile, Seed, Text, Token, domain, grow};
use crate::account::word::{Class, sense_of};

/// The first byte: what follows is of this form.
const FORM: u8 = 2;

/// Words are weighed in steps of so many.
const STEP: u32 = 50;

const CLASSES: [Class; 3] = [Class::Core, Class::Small, Class::Legal];
/// Beside the class: the sense of a word follows in eight bytes, as it is not that of its letters.
const READ_AS: u8 = 0x80;

struct Writer(Vec<u8>);

impl Writer {
    fn count(&mut self, count: usize) {
        match u8::try_from(count) {
            Ok(small) if small < u8::MAX => self.0.push(small),
            _ => {
                self.0.push(u8::MAX);
                self.0.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend(text.as_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    fn token(&mut self, profile: &Profile, token: &Token) {
        let light = profile.light(token);
        let class = CLASSES.iter().zip(0_u8..).find_map(|(class, at)| (*class == token.class).then_some(at));
        let read_as = token.sense != sense_of(light);
        self.0.push(class.unwrap_or(0) | if read_as { READ_AS } else { 0 });
        self.0.push(token.initial);
        self.count(usize::try_from(token.weight / STEP).unwrap_or(usize::MAX));
        self.text(light);
        if read_as {
            self.u64(token.sense);
        }
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
        match self.u8()? {
            u8::MAX => Some(u32::from_le_bytes(self.take()?)),
            small => Some(u32::from(small)),
        }
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take()?))
    }

    fn text(&mut self) -> Option<&'b str> {
        let length = usize::try_from(self.u32()?).ok()?;
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(taken).ok()
    }

    fn seed(&mut self) -> Option<Seed<'b>> {
        let [kind, initial] = self.take()?;
        let class = *CLASSES.get(usize::from(kind & !READ_AS))?;
        let weight = self.u32()?.checked_mul(STEP)?;
        let light = self.text()?;
        let sense = if kind & READ_AS == 0 { sense_of(light) } else { self.u64()? };
        Some(Seed { light, sense, weight, initial, class })
    }

    fn name(&mut self, tokens: &mut Vec<Token>, text: &mut Text) -> Option<Name> {
        let foreign = self.u8()? != 0;
        // No more is reserved than there are bytes, whatever a damaged count says.
        let seeds = (0..self.u32()?).map(|_| self.seed()).collect::<Option<Vec<_>>>()?;
        Some(grow(&seeds, foreign, tokens, text))
    }

    fn domain(&mut self, text: &mut Text) -> Option<Domain> {
        let host = self.u64()?;
        let registered = if self.u8()? == 0 { host } else { self.u64()? };
        Some(domain(host, registered, self.text()?, text))
    }
}

impl Profile {
    fn fields(&self) -> [u64; 4] {
        [self.city, self.phone, self.tax_id, self.duns]
    }

    /// The profile as bytes: about 70 for an account with a name, a domain and a city.
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
        let mut out = Writer(Vec::with_capacity(128));
        out.0.push(FORM);
        out.0.extend(self.country);
        // Which of the fields there are, a bit for each.
        out.0.push(self.fields().iter().zip(0..).fold(0, |bits, (field, at)| bits | u8::from(*field != 0) << at));
        self.fields().into_iter().filter(|field| *field != 0).for_each(|field| out.u64(field));
        out.count(self.names.len());
        for name in &self.names {
            out.0.push(u8::from(name.foreign));
            let tokens = self.tokens(name);
            out.count(tokens.len());
            tokens.iter().for_each(|token| out.token(self, token));
        }
        out.count(self.domains.len());
        for domain in &self.domains {
            out.u64(domain.host);
            let is_other = domain.registered != domain.host;
            out.0.push(u8::from(is_other));
            if is_other {
                out.u64(domain.registered);
            }
            out.text(self.label(domain));
        }
        out.0
    }

    /// The profile in bytes; `None` if they are none, or of another form.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader(bytes);
        if from.u8()? != FORM {
            return None;
        }
        let country = from.take()?;
        let bits = from.u8()?;
        let mut field = |at: u8| if bits >> at & 1 == 0 { Some(0) } else { from.u64() };
        let (city, phone, tax_id, duns) = (field(0)?, field(1)?, field(2)?, field(3)?);
        let (mut text, mut tokens) = (Text(String::with_capacity(bytes.len())), Vec::new());
        let names = (0..from.u32()?).map(|_| from.name(&mut tokens, &mut text)).collect::<Option<_>>()?;
        let domains = (0..from.u32()?).map(|_| from.domain(&mut text)).collect::<Option<_>>()?;
        let (text, tokens) = (text.0.into_boxed_str(), tokens.into_boxed_slice());
        from.0.is_empty().then_some(Self { text, tokens, names, domains, country, city, phone, tax_id, duns })
    }
}
