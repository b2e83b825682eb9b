//! The naming rule of a project: what names of features look like, and what a name that breaks it should be.

use regex::Regex;

use crate::FeatureError;

/// What names must look like.
///
/// ```
/// use mlops_features::NamingRule;
/// let rule: NamingRule = "snake_case".parse()?;
/// assert!(rule.check("tenure_years").is_ok());
/// let broken = rule.check("tenureYears").unwrap_err();
/// assert_eq!(broken.help().as_deref(), Some("call it `tenure_years`"));
/// # Ok::<(), mlops_features::FeatureError>(())
/// ```
#[derive(Debug, Clone)]
pub struct NamingRule {
    written: String,
    pattern: Regex,
}

impl std::str::FromStr for NamingRule {
    type Err = FeatureError;

    fn from_str(text: &str) -> Result<Self, FeatureError> {
        let pattern = match text {
            "snake_case" => "[a-z][a-z0-9]*(_[a-z0-9]+)*",
            "kebab-case" => "[a-z][a-z0-9]*(-[a-z0-9]+)*",
            other => other,
        };
        let wrong = |problem: String| FeatureError::NamingRule {
            rule: text.to_owned(),
            problem,
        };
        if text.trim().is_empty() {
            return Err(wrong("it is empty".to_owned()));
        }
        let pattern = Regex::new(&format!("^(?:{pattern})$")).map_err(|error| {
            let text = error.to_string();
            wrong(text.lines().last().unwrap_or_default().trim().to_owned())
        })?;
        Ok(Self {
            written: text.to_owned(),
            pattern,
        })
    }
}

impl NamingRule {
    /// The rule as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Checks a name.
    ///
    /// # Errors
    /// The name breaks the rule; the error says what would keep it, if that can be told.
    pub fn check(&self, name: &str) -> Result<(), FeatureError> {
        if self.pattern.is_match(name) {
            return Ok(());
        }
        let words = words(name);
        let mut candidates = [words.join("_"), words.join("-"), name.to_lowercase()].into_iter();
        Err(FeatureError::Name {
            name: name.to_owned(),
            rule: self.written.clone(),
            suggestion: candidates.find(|candidate| self.pattern.is_match(candidate)),
        })
    }
}

/// The words of a name in small letters, wherever they are told apart: `tenureYears`, `tenure-years`, `HTTPErrors`.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (place, letter) in letters.iter().enumerate() {
        let before = place.checked_sub(1).map(|place| letters[place]);
        let after = letters.get(place + 1);
        let is_start = letter.is_uppercase()
            && before.is_some_and(|before| {
                !before.is_uppercase() || after.is_some_and(|after| after.is_lowercase())
            });
        if !letter.is_alphanumeric() || is_start {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::NamingRule;
    use crate::FeatureError;

    fn suggested(rule: &str, name: &str) -> Option<String> {
        let rule: NamingRule = rule.parse().unwrap();
        match rule.check(name) {
            Ok(()) => Some("(kept)".to_owned()),
            Err(FeatureError::Name { suggestion, .. }) => suggestion,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_name_that_breaks_the_rule_is_refused_with_one_that_keeps_it() {
        assert_eq!(
            suggested("snake_case", "tenure_years").as_deref(),
            Some("(kept)")
        );
        for wrong in [
            "tenureYears",
            "TenureYears",
            "tenure-years",
            "tenure__years",
            "TENURE_YEARS",
            "tenure.years",
        ] {
            assert_eq!(
                suggested("snake_case", wrong).as_deref(),
                Some("tenure_years"),
                "{wrong}"
            );
        }
        assert_eq!(
            suggested("snake_case", "HTTPErrors7d").as_deref(),
            Some("http_errors7d")
        );
        assert_eq!(
            suggested("kebab-case", "tenure_years").as_deref(),
            Some("tenure-years")
        );
        assert_eq!(suggested("customer_[a-z_]+", "tenure_years"), None);
        assert_eq!(
            suggested("customer_[a-z_]+", "Customer_Tenure").as_deref(),
            Some("customer_tenure")
        );
    }

    #[test]
    fn the_whole_name_must_match_and_a_broken_pattern_is_said_to_be_one() {
        assert_eq!(suggested("a|b", "ab"), None);
        assert!("(".parse::<NamingRule>().is_err());
        assert!(" ".parse::<NamingRule>().is_err());
    }
}
