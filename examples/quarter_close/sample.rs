//! A sample of everything, generated from a seed: the same seed gives the same files on every machine.
//!
//! Ridgeline Cycles is invented. The sales have what real ones have: several currencies, returns of earlier
//! sales, a corrected line, a line sent twice, a SKU and a partner that nobody knows, and a broken row.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::{Days, NaiveDate};
use fastrand::Rng;

use crate::Arguments;

/// Where the sample's files are.
pub(crate) struct Sample {
    folder: PathBuf,
}

impl Sample {
    /// Puts the files in place of the arguments that were not given.
    pub(crate) fn fill(&self, arguments: &mut Arguments) {
        let file = |name: &str| self.folder.join(name);
        arguments.program = Some(file("program.yaml"));
        arguments.sales = vec![file("sales-2025-h1.csv"), file("sales-2025-h2.csv")];
        arguments.products = Some(file("products.csv"));
        arguments.partners = Some(file("partners.csv"));
        arguments.fx = Some(file("fx.csv"));
        arguments.tables = vec![format!("targets={}", file("targets.csv").display())];
        arguments.mapping = None;
    }
}

const PROGRAM: &str = include_str!("../programs/ridgeline.yaml");
const CATEGORIES: [(&str, &str, u32); 4] = [
    ("bike", "Bikes", 90_000),
    ("wheel", "Components", 18_000),
    ("part", "Components", 4_500),
    ("shirt", "Clothing", 3_200),
];
const COUNTRIES: [(&str, &str, &str); 4] =
    [("US", "CA", "USD"), ("US", "NY", "USD"), ("DE", "BY", "EUR"), ("GB", "LND", "GBP")];
const PARTNERS: usize = 40;

/// Writes the sample into a folder.
pub(crate) fn write(folder: &Path, seed: u64) -> Result<Sample> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let mut rng = Rng::with_seed(seed);
    let put = |name: &str, text: &str| fs::write(folder.join(name), text).with_context(|| name.to_owned());
    put("program.yaml", PROGRAM)?;
    put("products.csv", &products()?)?;
    put("partners.csv", &partners()?)?;
    put("fx.csv", &rates(&mut rng)?)?;
    put("targets.csv", &targets(&mut rng)?)?;
    let (first, second) = sales(&mut rng)?;
    put("sales-2025-h1.csv", &first)?;
    put("sales-2025-h2.csv", &second)?;
    Ok(Sample { folder: folder.to_owned() })
}

fn first_day() -> Result<NaiveDate> {
    NaiveDate::from_ymd_opt(2025, 1, 1).context("a date that exists")
}

fn products() -> Result<String> {
    let mut text = String::from("sku,category,subcategory,line\n");
    for (name, category, _) in CATEGORIES {
        for number in 1..=6 {
            let line = ["Road", "Mountain", "Touring"].get(number % 3).unwrap_or(&"Road");
            writeln!(text, "{name}-{number},{category},{category} {line},{line}")?;
        }
    }
    Ok(text)
}

fn partners() -> Result<String> {
    let mut text = String::from("id,name,partner_type,country,region\n");
    for number in 0..PARTNERS {
        let (country, region, _) = country(number);
        let kind = if number % 10 == 9 { "distributor" } else { "reseller" };
        writeln!(text, "P{number:03},Cycle House {number:03},{kind},{country},{region}")?;
    }
    Ok(text)
}

fn country(partner: usize) -> (&'static str, &'static str, &'static str) {
    COUNTRIES.get(partner % COUNTRIES.len()).copied().unwrap_or(("US", "CA", "USD"))
}

/// Closing rates of working days; weekends have none.
fn rates(rng: &mut Rng) -> Result<String> {
    let mut text = String::from("from,to,kind,date,rate\n");
    let (mut euro, mut pound) = (10_400_u32, 12_500_u32);
    for day in first_day()?.iter_days().take(365) {
        euro = euro + rng.u32(0..=60) - 30;
        pound = pound + rng.u32(0..=60) - 30;
        if chrono::Datelike::weekday(&day).number_from_monday() <= 5 {
            writeln!(text, "EUR,USD,closing,{day},{}\nGBP,USD,closing,{day},{}", decimal(euro, 4), decimal(pound, 4))?;
        }
    }
    Ok(text)
}

fn decimal(units: u32, digits: u32) -> String {
    let scale = 10_u32.pow(digits);
    format!("{}.{:0width$}", units / scale, units % scale, width = digits as usize)
}

fn targets(rng: &mut Rng) -> Result<String> {
    let mut text = String::from("partner,period,amount\n");
    // Some partners were given no target: they earn nothing for it, and their explanation says so.
    for number in (0..PARTNERS).filter(|number| number % 7 != 6) {
        for quarter in 1..=4 {
            writeln!(text, "P{number:03},2025-Q{quarter},{}", rng.u32(20..90) * 1000)?;
        }
    }
    Ok(text)
}

/// Two files of lines, one for each half of the year.
fn sales(rng: &mut Rng) -> Result<(String, String)> {
    let header = "document,line,kind,reverses_document,reverses_line,invoice,buyer,sku,quantity,gross,net,currency\n";
    let mut halves = [String::from(header), String::from(header)];
    let mut last_sale = String::new();
    for number in 0..6_000_u32 {
        let offset = rng.u64(0..365);
        let day = first_day()?.checked_add_days(Days::new(offset)).context("a date within the year")?;
        let Some(half) = halves.get_mut(usize::from(offset >= 181)) else { continue };
        // A few partners buy most: the square of a random number leans to the first.
        let leaning = rng.usize(0..PARTNERS * PARTNERS).isqrt();
        let partner = PARTNERS - 1 - leaning.min(PARTNERS - 1);
        let (_, _, currency) = country(partner);
        let (name, _, price) = CATEGORIES.get(rng.usize(0..CATEGORIES.len())).copied().unwrap_or(("bike", "Bikes", 1));
        let sku = format!("{name}-{}", rng.u32(1..=6));
        let (quantity, discount) = (rng.u32(1..=8), rng.u32(0..=2) * 5);
        let gross = price * quantity;
        // Prices have four decimals, as in an ERP: hundredths of cents appear with the discount.
        let net = decimal(gross * (100 - discount), 4);
        let gross = decimal(gross, 2);
        let key = format!("INV{number:05},1");
        writeln!(half, "{key},sale,,,{day},P{partner:03},{sku},{quantity},{gross},{net},{currency}")?;
        match number {
            // Sent twice; sent again with another quantity; nobody's SKU; nobody's partner; broken.
            500 => writeln!(half, "{key},sale,,,{day},P{partner:03},{sku},{quantity},{gross},{net},{currency}")?,
            900 => writeln!(half, "{key},sale,,,{day},P{partner:03},{sku},9,1000.00,1000.0000,{currency}")?,
            1_200 => writeln!(half, "INV9{number},1,sale,,,{day},P{partner:03},anvil-1,1,420.00,420.0000,{currency}")?,
            1_300 => writeln!(half, "INV9{number},1,sale,,,{day},P999,{sku},1,99.00,99.0000,{currency}")?,
            1_400 => writeln!(half, "INV9{number},1,sale,,,{day},P{partner:03},{sku},1,\"99.00,99.0000,{currency}")?,
            1_500 => writeln!(half, "INV9{number},1,sale,,,31.12.2025,P{partner:03},{sku},1,55.00,55.0000,{currency}")?,
            _ if number % 40 == 39 && !last_sale.is_empty() => {
                let back = format!("-{quantity}");
                writeln!(
                    half,
                    "RET{number:05},1,return,{last_sale},{day},P{partner:03},{sku},{back},-{gross},-{net},{currency}"
                )?;
            }
            _ => {}
        }
        last_sale = key;
    }
    let [first, second] = halves;
    Ok((first, second))
}
