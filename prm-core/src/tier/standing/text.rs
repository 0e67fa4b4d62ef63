//! Standing in words.

use std::fmt;

use super::Standing;

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(tier) = &self.tier else {
            return match (&self.because, self.since) {
                (Some(because), Some(since)) => write!(f, "in no tier since {since}: {because}"),
                _ => f.write_str("in no tier: not joined, and nothing sold"),
            };
        };
        write!(f, "{tier}")?;
        if let (Some(since), Some(because)) = (self.since, &self.because) {
            write!(f, " since {since}: {because}")?;
        }
        if let Some(earned) = self.earned.as_ref().filter(|earned| *earned != tier) {
            write!(f, " (earned: {earned})")?;
        }
        if let Some(eligible) = &self.eligible_for {
            write!(f, "\nmeets the requirements of {eligible}")?;
        }
        if let Some(next) = &self.next
            && let Some(shortfall) = next.requires.shortfall()
        {
            write!(f, "\n{shortfall}, for {}", next.tier)?;
        }
        if let Some(held) = &self.held
            && let Some(shortfall) = held.requires.shortfall()
        {
            write!(f, "\n{shortfall}, to keep {tier}")?;
            if let Some(review) = self.next_review {
                write!(f, " at the review of {review}")?;
            }
            if let Some(grace) = self.grace {
                write!(f, "; in grace until {}", grace.until)?;
            }
            if let Some(falls_to) = &self.falls_to {
                write!(f, "; otherwise {falls_to}")?;
            }
            for (at, loss) in self.would_lose.iter().enumerate() {
                write!(f, "{} {} {}", if at == 0 { ", without" } else { "," }, loss.name, loss.now)?;
                if let Some(then) = &loss.then {
                    write!(f, " (then {then})")?;
                }
            }
        }
        for granted in &self.benefits {
            write!(f, "\n{}: {}", granted.name, granted.benefit)?;
            if let Some(allowance) = &granted.allowance {
                write!(f, ", {} used, {} left", allowance.used, allowance.left)?;
            }
        }
        Ok(())
    }
}
