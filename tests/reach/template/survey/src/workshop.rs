//! Where things are made.

pub fn polish(text: &str) -> String {
    format!("shiny {text}")
}

pub fn varnish(text: &str) -> String {
    format!("brown {text}")
}

impl super::elsewhere::Parcel {
    pub(crate) fn wrapped(&self) -> i64 {
        self.0 + 400
    }
}
