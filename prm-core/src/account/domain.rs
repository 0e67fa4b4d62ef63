//! Domains: their host, what of it is registered, and its label.
//!
//! Public suffixes come from rules of our own: a country's two letters, with one of the usual words before them
//! (`co.uk`, `com.br`, `ac.jp`), else the last label. That is not the Public Suffix List: regional suffixes of single
//! countries (`tokyo.jp`, `pvt.k12.ma.us`) are read as registered names, which makes a needless key and no wrong match
//! by itself.

/// Words before a country's letters that make a suffix of two labels.
const SECOND: &[&str] = &[
    "ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "gub", "gv", "ind", "info", "ltd", "me", "mil", "ne", "net",
    "nhs", "nic", "nom", "or", "org", "plc", "sch", "web",
];

/// Providers of mail and pages to everyone: a domain of theirs says nothing of who uses it.
const SHARED: &[&str] = &[
    "126.com",
    "163.com",
    "aol.com",
    "bigpond.com",
    "blogspot.com",
    "btinternet.com",
    "daum.net",
    "facebook.com",
    "foxmail.com",
    "free.fr",
    "github.io",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.de",
    "gmx.net",
    "google.com",
    "googlemail.com",
    "hanmail.net",
    "hotmail.com",
    "hotmail.fr",
    "icloud.com",
    "instagram.com",
    "laposte.net",
    "libero.it",
    "linkedin.com",
    "live.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "myshopify.com",
    "naver.com",
    "orange.fr",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rambler.ru",
    "rediffmail.com",
    "sina.com",
    "sites.google.com",
    "sohu.com",
    "t-online.de",
    "twitter.com",
    "uol.com.br",
    "wanadoo.fr",
    "web.de",
    "weebly.com",
    "wixsite.com",
    "wordpress.com",
    "x.com",
    "yahoo.co.in",
    "yahoo.co.jp",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.fr",
    "yandex.ru",
    "yeah.net",
    "ymail.com",
    "zoho.com",
];

/// The host of a domain or web address in lower case, without `www`; `None` if it is not one.
pub(crate) fn host(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let text = text.split(['/', '?', '#']).next()?;
    let text = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
    let text = text.split_once(':').map_or(text, |(host, _)| host);
    let text = text.trim_end_matches('.').to_lowercase();
    let text = ["www.", "www2.", "www1."].iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(&text);
    let labels = text.split('.').count();
    let letters = |label: &str| label.chars().all(|c| c.is_alphanumeric() || c == '-');
    let edges = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    let fits = text.len() <= 253 && labels >= 2 && text.split('.').all(|l| l.len() <= 63 && letters(l) && edges(l));
    let last = text.rsplit('.').next()?;
    (fits && !last.chars().all(char::is_numeric)).then(|| text.to_owned())
}

/// What of a host is registered (`example.co.uk`) and its label (`example`); `None` for shared ones.
pub(crate) fn registered(host: &str) -> Option<(&str, &str)> {
    let dots: Vec<usize> = host.rmatch_indices('.').map(|(at, _)| at).collect();
    let last = *dots.first()?;
    let country = host.len() - last == 3;
    let suffix = match dots.get(1) {
        Some(second) if country && SECOND.contains(&host.get(second + 1..last)?) => *second,
        None if country && SECOND.contains(&host.get(..last)?) => return None,
        _ => last,
    };
    let start = dots.iter().find(|dot| **dot < suffix).map_or(0, |dot| dot + 1);
    let registered = host.get(start..)?;
    if SHARED.binary_search(&registered).is_ok() {
        return None;
    }
    Some((registered, host.get(start..suffix)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_addresses() {
        assert_eq!(host("HTTPS://www.Example.co.uk:8080/a?b").as_deref(), Some("example.co.uk"));
        assert_eq!(host("jane@example.de").as_deref(), Some("example.de"));
        assert_eq!(host("bücher.example").as_deref(), Some("bücher.example"));
        assert_eq!(host("localhost"), None);
    }

    #[test]
    fn labels_without_suffix() {
        assert_eq!(registered("shop.example.co.uk"), Some(("example.co.uk", "example")));
        assert_eq!(registered("ist.fraunhofer.de"), Some(("fraunhofer.de", "fraunhofer")));
        assert_eq!(registered("example.com"), Some(("example.com", "example")));
        assert_eq!(registered("co.uk"), None);
        assert_eq!(registered("gmail.com"), None);
        assert_eq!(registered("somebody.wordpress.com"), None);
        assert!(SHARED.is_sorted());
    }
}
