use proc_macro::TokenStream;

#[proc_macro]
pub fn one(_: TokenStream) -> TokenStream {
    "1".parse().unwrap()
}

#[cfg(test)]
mod tests {
    #[test]
    fn starts() {}
}
