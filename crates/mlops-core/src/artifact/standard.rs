//! The artifacts of the standard library: numbers, texts, booleans, `Option`, `Vec`, `BTreeMap`, tuples.

use std::collections::BTreeMap;

use super::items::{ITEMS_MEDIA_TYPE, read_items, write_items};
use super::serde_form::{SERDE_MEDIA_TYPE, read_serde, write_serde};
use super::{Artifact, ArtifactError, ArtifactInput, ArtifactOutput, Description};

macro_rules! by_serde {
    ($($type:ty),* $(,)?) => {$(
        impl Artifact for $type {
            const MEDIA_TYPE: &'static str = SERDE_MEDIA_TYPE;

            fn write(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
                write_serde(self, output)
            }

            fn read(input: &dyn ArtifactInput) -> Result<Self, ArtifactError> {
                read_serde(input)
            }

            fn duplicate(&self) -> Result<Self, ArtifactError> {
                Ok(self.clone())
            }
        }
    )*};
}

by_serde!(
    bool,
    char,
    String,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    f32,
    f64,
    std::time::Duration,
    std::path::PathBuf,
    jiff::Timestamp,
    jiff::SignedDuration,
    jiff::civil::Date,
);

impl<T: Artifact> Artifact for Vec<T> {
    const MEDIA_TYPE: &'static str = ITEMS_MEDIA_TYPE;

    fn write(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
        write_items("list", &[T::MEDIA_TYPE], self.len(), output, |items| {
            self.iter().try_for_each(|item| items.write(item))
        })
    }

    fn read(input: &dyn ArtifactInput) -> Result<Self, ArtifactError> {
        let mut items = read_items::<Self>("list", input)?;
        (0..items.left()).map(|_| items.read()).collect()
    }

    fn describe(&self) -> Description {
        Description {
            rows: Some(self.len() as u64),
            columns: Vec::new(),
        }
    }

    fn duplicate(&self) -> Result<Self, ArtifactError> {
        self.iter().map(T::duplicate).collect()
    }
}

impl<T: Artifact> Artifact for Option<T> {
    const MEDIA_TYPE: &'static str = ITEMS_MEDIA_TYPE;

    fn write(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
        write_items(
            "option",
            &[T::MEDIA_TYPE],
            usize::from(self.is_some()),
            output,
            |items| self.iter().try_for_each(|item| items.write(item)),
        )
    }

    fn read(input: &dyn ArtifactInput) -> Result<Self, ArtifactError> {
        let mut items = read_items::<Self>("option", input)?;
        (items.left() > 0).then(|| items.read()).transpose()
    }

    fn duplicate(&self) -> Result<Self, ArtifactError> {
        self.as_ref().map(T::duplicate).transpose()
    }
}

impl<K: Artifact + Ord, V: Artifact> Artifact for BTreeMap<K, V> {
    const MEDIA_TYPE: &'static str = ITEMS_MEDIA_TYPE;

    fn write(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
        write_items(
            "map",
            &[K::MEDIA_TYPE, V::MEDIA_TYPE],
            self.len() * 2,
            output,
            |items| {
                self.iter().try_for_each(|(key, value)| {
                    items.write(key)?;
                    items.write(value)
                })
            },
        )
    }

    fn read(input: &dyn ArtifactInput) -> Result<Self, ArtifactError> {
        let mut items = read_items::<Self>("map", input)?;
        (0..items.left() / 2)
            .map(|_| Ok((items.read()?, items.read()?)))
            .collect()
    }

    fn describe(&self) -> Description {
        Description {
            rows: Some(self.len() as u64),
            columns: Vec::new(),
        }
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),+)),* $(,)?) => {$(
        impl<$($name: Artifact),+> Artifact for ($($name,)+) {
            const MEDIA_TYPE: &'static str = ITEMS_MEDIA_TYPE;

            fn write(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
                write_items("tuple", &[$($name::MEDIA_TYPE),+], [$($index),+].len(), output, |items| {
                    $(items.write(&self.$index)?;)+
                    Ok(())
                })
            }

            fn read(input: &dyn ArtifactInput) -> Result<Self, ArtifactError> {
                let mut items = read_items::<Self>("tuple", input)?;
                Ok(($(items.read::<$name>()?,)+))
            }
        }
    )*};
}

tuples!(
    (A 0, B 1),
    (A 0, B 1, C 2),
    (A 0, B 1, C 2, D 3),
    (A 0, B 1, C 2, D 3, E 4),
    (A 0, B 1, C 2, D 3, E 4, F 5),
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryOutput;

    fn back<T: Artifact>(value: &T) -> T {
        let mut output = MemoryOutput::default();
        value.write(&mut output).unwrap();
        T::read(&output.into_input()).unwrap()
    }

    #[test]
    fn floats_come_back_to_the_bit() {
        for bits in [
            f64::NAN.to_bits(),
            0x7ff8_0000_dead_beef,
            (-0.0f64).to_bits(),
            0.1f64.to_bits(),
            5e-324f64.to_bits(),
        ] {
            assert_eq!(back(&f64::from_bits(bits)).to_bits(), bits);
        }
    }

    #[test]
    fn nested_values_come_back_and_large_items_are_kept_apart() {
        let value = BTreeMap::from([
            ("short".to_owned(), (vec![1u64, 2], Some("x".to_owned()))),
            ("long".to_owned(), (vec![7; 3], Some("y".repeat(5000)))),
            ("none".to_owned(), (vec![], None)),
        ]);
        assert_eq!(back(&value), value);
    }

    #[test]
    fn an_option_of_an_option_keeps_its_depth() {
        assert_eq!(back(&Some(None::<u8>)), Some(None));
        assert_eq!(back(&None::<Option<u8>>), None);
    }
}
