//! A function that is called by the name of its symbol.

#[unsafe(export_name = "oddities_depth")]
extern "C" fn anything() -> i64 {
    12
}

unsafe extern "C" {
    #[link_name = "oddities_depth"]
    pub safe fn depth() -> i64;
}
