#[test]
fn uses() {
    assert_eq!(own::one!(), 1);
}

#[test]
fn has_cargos_environment() {
    assert_eq!(std::env::var("CARGO_PKG_NAME").unwrap(), "own");
    assert!(std::env::var("CARGO_MANIFEST_DIR").is_ok());
}

#[test]
fn fails() {
    panic!("it does");
}
