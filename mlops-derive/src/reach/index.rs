//! What was found in files, as bytes: read at each compilation by a macro that is seldom optimised, so it is kept plain.
//!
//! A number is four bytes; a text is its length and its bytes; a list is its length and its items. In front stands what made
//! it: the digest of the code that takes files apart, so that nobody has to remember a version. Whatever does not read well is
//! read as nothing, and the files are taken apart again.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::asked::{FeatureLine, Wanted, Wants};
use super::item::{Brings, Header, Import, Item, Kind, Member, Mentions, Path};
use super::signs::Signs;

/// The digest of the code whose findings are kept.
fn maker() -> Digest {
    let mut hasher = blake3::Hasher::new();
    for source in [
        include_str!("asked.rs"),
        include_str!("compiled.rs"),
        include_str!("glued.rs"),
        include_str!("index.rs"),
        include_str!("item.rs"),
        include_str!("mention.rs"),
        include_str!("mention/names.rs"),
        include_str!("mention/parameters.rs"),
        include_str!("mention/receivers.rs"),
        include_str!("package.rs"),
        include_str!("signs.rs"),
        include_str!("split.rs"),
        include_str!("split/choice.rs"),
        include_str!("split/fields.rs"),
        include_str!("split/hidden.rs"),
        include_str!("split/members.rs"),
        include_str!("split/names.rs"),
        include_str!("split/writers.rs"),
        include_str!("../attribute.rs"),
        include_str!("../tokens.rs"),
    ] {
        hasher.update(source.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

type Digest = [u8; 32];

/// The bytes for some files, each with its digest.
pub(crate) fn write<'a, T: AsRef<Item> + 'a>(
    files: impl Iterator<Item = (Digest, &'a [T])>,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    maker().put(&mut bytes);
    for (digest, items) in files {
        bytes.extend_from_slice(&digest);
        number(items.len() as u32, &mut bytes);
        for item in items {
            item.as_ref().put(&mut bytes);
        }
    }
    let check = *blake3::hash(&bytes).as_bytes();
    bytes.extend_from_slice(&check);
    bytes
}

/// The files in some bytes; none if the bytes are not whole or of another version.
pub(crate) fn read(bytes: &[u8]) -> Option<Vec<(Digest, Vec<Item>)>> {
    let mut rest = whole(bytes)?;
    let mut files = Vec::new();
    while !rest.is_empty() {
        files.push((Digest::take(&mut rest)?, Vec::take(&mut rest)?));
    }
    Some(files)
}

/// The bytes for what manifests of registries say, each with what tells its package.
pub(crate) fn write_manifests(manifests: &BTreeMap<String, Rc<Wants>>) -> Vec<u8> {
    write_map(
        manifests
            .iter()
            .map(|(identity, wants)| (identity, &**wants)),
    )
}

/// The bytes for the digests that compiled files name, each with the file's own.
pub(crate) fn write_digests(digests: &BTreeMap<String, Vec<String>>) -> Vec<u8> {
    write_map(digests.iter())
}

fn write_map<'a, T: Kept + 'a>(entries: impl Iterator<Item = (&'a String, &'a T)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    maker().put(&mut bytes);
    for (name, value) in entries {
        name.put(&mut bytes);
        value.put(&mut bytes);
    }
    let check = *blake3::hash(&bytes).as_bytes();
    bytes.extend_from_slice(&check);
    bytes
}

/// The manifests in some bytes; none if the bytes are not whole or of another version.
pub(crate) fn read_manifests(bytes: &[u8]) -> Option<BTreeMap<String, Rc<Wants>>> {
    let manifests = read_map(bytes)?.into_iter();
    Some(
        manifests
            .map(|(identity, wants)| (identity, Rc::new(wants)))
            .collect(),
    )
}

/// The digests in some bytes; none if the bytes are not whole or of another version.
pub(crate) fn read_digests(bytes: &[u8]) -> Option<BTreeMap<String, Vec<String>>> {
    read_map(bytes)
}

fn read_map<T: Kept>(bytes: &[u8]) -> Option<BTreeMap<String, T>> {
    let mut rest = whole(bytes)?;
    let mut map = BTreeMap::new();
    while !rest.is_empty() {
        map.insert(String::take(&mut rest)?, T::take(&mut rest)?);
    }
    Some(map)
}

/// What stands between the maker and the check, if both are right.
fn whole(bytes: &[u8]) -> Option<&[u8]> {
    let (content, check) = bytes.split_last_chunk::<32>()?;
    if blake3::hash(content).as_bytes() != check {
        return None;
    }
    let mut rest = content;
    (Digest::take(&mut rest)? == maker()).then_some(rest)
}

/// Something with a form in bytes.
trait Kept: Sized {
    fn put(&self, bytes: &mut Vec<u8>);
    fn take(bytes: &mut &[u8]) -> Option<Self>;
}

fn number(value: u32, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(&value.to_le_bytes());
}

impl Kept for u32 {
    fn put(&self, bytes: &mut Vec<u8>) {
        number(*self, bytes);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<4>()?;
        *bytes = rest;
        Some(Self::from_le_bytes(*head))
    }
}

impl Kept for Signs {
    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.0.to_le_bytes());
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<8>()?;
        *bytes = rest;
        Some(Self(u64::from_le_bytes(*head)))
    }
}

impl Kept for usize {
    fn put(&self, bytes: &mut Vec<u8>) {
        number(*self as u32, bytes);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(u32::take(bytes)? as Self)
    }
}

impl Kept for bool {
    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(*self));
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first()?;
        *bytes = rest;
        Some(*head == 1)
    }
}

impl Kept for Digest {
    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<32>()?;
        *bytes = rest;
        Some(*head)
    }
}

impl Kept for (u32, u32) {
    fn put(&self, bytes: &mut Vec<u8>) {
        number(self.0, bytes);
        number(self.1, bytes);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some((u32::take(bytes)?, u32::take(bytes)?))
    }
}

impl Kept for (String, String) {
    fn put(&self, bytes: &mut Vec<u8>) {
        self.0.put(bytes);
        self.1.put(bytes);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some((String::take(bytes)?, String::take(bytes)?))
    }
}

impl Kept for String {
    fn put(&self, bytes: &mut Vec<u8>) {
        number(self.len() as u32, bytes);
        bytes.extend_from_slice(self.as_bytes());
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let length = u32::take(bytes)? as usize;
        let (head, rest) = bytes.split_at_checked(length)?;
        *bytes = rest;
        Self::from_utf8(head.to_vec()).ok()
    }
}

impl<T: Kept> Kept for Vec<T> {
    fn put(&self, bytes: &mut Vec<u8>) {
        number(self.len() as u32, bytes);
        for item in self {
            item.put(bytes);
        }
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let length = u32::take(bytes)? as usize;
        // No list is longer than its bytes: a damaged length must not ask for memory.
        let mut list = Self::with_capacity(length.min(bytes.len()));
        for _ in 0..length {
            list.push(T::take(bytes)?);
        }
        Some(list)
    }
}

impl<T: Kept> Kept for Option<T> {
    fn put(&self, bytes: &mut Vec<u8>) {
        self.is_some().put(bytes);
        if let Some(value) = self {
            value.put(bytes);
        }
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(match bool::take(bytes)? {
            true => Some(T::take(bytes)?),
            false => None,
        })
    }
}

impl Kept for Kind {
    fn put(&self, bytes: &mut Vec<u8>) {
        let at = KINDS.iter().position(|kind| kind == self).unwrap_or(0);
        number(at as u32, bytes);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        KINDS.get(u32::take(bytes)? as usize).copied()
    }
}

const KINDS: [Kind; 13] = [
    Kind::Function,
    Kind::Type { value: true },
    Kind::Type { value: false },
    Kind::Trait,
    Kind::Alias,
    Kind::Constant,
    Kind::Macro,
    Kind::Module,
    Kind::Use,
    Kind::Impl,
    Kind::MacroCall,
    Kind::ExternCrate,
    Kind::ExternBlock,
];

/// Writes and reads the fields of a struct in order.
macro_rules! kept {
    ($($type:ident { $($field:ident),* $(,)? })*) => {
        $(impl Kept for $type {
            fn put(&self, bytes: &mut Vec<u8>) {
                $(self.$field.put(bytes);)*
            }

            fn take(bytes: &mut &[u8]) -> Option<Self> {
                Some(Self { $($field: Kept::take(bytes)?),* })
            }
        })*
    };
}

kept! {
    Wants { dependencies, features }
    Wanted { name, package, features, default }
    FeatureLine { name, turns_on }
    Path { segments, absolute }
    Import { path, name }
    Header { self_type, arguments, of_trait, names_it_again, offers }
    Brings { file, imports, everything, others, paths }
    Member { name, label, digest, lines, layout, spaces, conditions, mentions, takes_self, writes }
    Mentions { paths, hidden, members, methods, library_calls, library_members, library_index, loose, soft, words, macros, given, quoted, imports, files, variables, conditions, place, signs }
    Item {
        kind, name, label, digest, lines, conditions, mentions, also, written_by, kept, makes, takes, statics, declares, brings, spreads, members, header, imports, inline, paths, layout,
        spaces,
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{read, write};
    use crate::reach::item::Item;
    use crate::reach::split::items;

    fn sample() -> Vec<Rc<Item>> {
        let source = "
            use a::{b as c, d::*};
            #[path = \"x.rs\"] mod x;
            mod y { pub(crate) fn f<T: Clone>(t: &T) -> T { t.clone() } }
            #[cfg(unix)] impl<T> std::fmt::Display for W<T> { fn fmt(&self) { helper!(LIMIT) } }
            enum E { A, B(u8) }
            macro_rules! m { ($x:expr) => { $crate::y::f($x) } }
        ";
        let found = items(source.parse().unwrap());
        found.into_iter().map(Rc::new).collect()
    }

    #[test]
    fn what_is_kept_is_read_as_it_was() {
        let items = sample();
        assert_eq!(items.len(), 6);
        let bytes = write([([7; 32], items.as_slice())].into_iter());
        let kept = read(&bytes).unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].0, [7; 32]);
        let items: Vec<Item> = items.iter().map(|item| Item::clone(item)).collect();
        assert_eq!(kept[0].1, items);
    }

    #[test]
    fn damaged_bytes_are_nothing_at_all() {
        let items = sample();
        let bytes = write([([7; 32], items.as_slice())].into_iter());
        for length in [0, 1, 31, bytes.len() / 2, bytes.len() - 1] {
            assert_eq!(read(&bytes[..length]), None);
        }
        for at in (0..bytes.len()).step_by(13) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 4;
            assert_eq!(read(&damaged), None);
        }
    }
}
