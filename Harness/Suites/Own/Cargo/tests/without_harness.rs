fn main() {
    println!("no list here");
}
