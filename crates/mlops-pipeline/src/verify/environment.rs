//! Finds environment variables on which a result depends, by letting them in again.
//!
//! No system call shows that a program looks at its environment: it lies in its own memory. But a stage that was shut in
//! without a variable and gives something else, or fails, depends on it, and halving tells on which.

/// More are not looked for: whoever is told of these finds the others.
const MOST: usize = 4;

/// The variables among `names` without which the result is not the usual one. `is_usual` runs the stage with only these let
/// in, and says whether the result is the usual one; with all of them it is.
///
/// # Errors
/// Those of `is_usual`.
pub(super) fn needed<E>(
    names: &[String],
    mut is_usual: impl FnMut(&[String]) -> Result<bool, E>,
) -> Result<Vec<String>, E> {
    let mut found: Vec<String> = Vec::new();
    while found.len() < MOST {
        if is_usual(&found)? {
            break;
        }
        // The shortest beginning of the list that is enough, together with what is found already, ends in one that is needed.
        let (mut few, mut enough) = (0, names.len());
        while enough - few > 1 {
            let middle = few + (enough - few) / 2;
            let tried: Vec<String> = names[..middle].iter().chain(&found).cloned().collect();
            match is_usual(&tried)? {
                true => enough = middle,
                false => few = middle,
            }
        }
        let Some(name) = enough.checked_sub(1).and_then(|last| names.get(last)) else {
            break;
        };
        if found.contains(name) {
            // It is not a matter of which variables there are.
            break;
        }
        found.push(name.clone());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("V{number}")).collect()
    }

    fn search(count: usize, needs: &[&str]) -> (Vec<String>, u32) {
        let mut runs = 0;
        let found = needed(&names(count), |present| -> Result<bool, Infallible> {
            runs += 1;
            let has = |name: &&str| present.iter().any(|present| present == name);
            Ok(needs.iter().all(has))
        });
        let Ok(mut found) = found;
        found.sort();
        (found, runs)
    }

    #[test]
    fn each_variable_that_is_needed_is_found_in_few_runs() {
        for name in ["V0", "V1", "V20", "V39"] {
            let (found, runs) = search(40, &[name]);
            assert_eq!(found, [name]);
            assert!(runs <= 8, "{runs}");
        }
        assert_eq!(search(40, &["V3", "V31"]).0, ["V3", "V31"]);
        assert_eq!(search(1, &["V0"]).0, ["V0"]);
    }

    #[test]
    fn nothing_is_found_where_no_variable_matters() {
        assert_eq!(search(40, &[]), (Vec::new(), 1));
        assert!(search(0, &["V7"]).0.is_empty());
        // One that is not in the list: the search ends all the same.
        assert!(search(5, &["V7"]).0.len() <= MOST);
    }
}
