//! The structs and constants of carve.h as the C compiler has them, and every exported function. CARVE_LAYOUT is the
//! program that tests/api/layout.py writes; `meson test rust` sets it.

use carve_sys::*;
use std::collections::BTreeMap;
use std::mem::{size_of, size_of_val, MaybeUninit};

type Layout = BTreeMap<String, (usize, usize)>;

macro_rules! structs {
    ($($name:ident { $($field:ident),* })*) => {
        /// Offset and size of every field; of a struct 0 and its size.
        fn layout() -> Layout {
            let mut layout = Layout::new();
            $({
                let object = MaybeUninit::<$name>::uninit();
                let start = object.as_ptr();
                layout.insert(stringify!($name).to_string(), (0, size_of::<$name>()));
                $(
                    // SAFETY: the address of a field is taken; nothing is read.
                    let field = unsafe { std::ptr::addr_of!((*start).$field) };
                    let name = stringify!($field).trim_start_matches("r#");
                    layout.insert(
                        format!("{}.{}", stringify!($name), name),
                        (field as usize - start as usize, size_of_pointed(field)),
                    );
                )*
            })*
            layout
        }
    };
}
macro_rules! constants {
    ($($name:ident),*) => {
        fn constants() -> BTreeMap<String, i64> {
            [$((stringify!($name).to_string(), $name as i64)),*].into_iter().collect()
        }
    };
}
macro_rules! functions {
    ($($name:ident),*) => {
        fn functions() -> Vec<(&'static str, usize)> {
            vec![$((stringify!($name), $name as *const () as usize)),*]
        }
    };
}
include!("table.rs");

fn size_of_pointed<T>(_: *const T) -> usize {
    size_of::<T>()
}

/// Lines of a name and numbers, as the C program prints them.
fn c_says(numbers: usize) -> Vec<Vec<String>> {
    let program = std::env::var("CARVE_LAYOUT").expect("CARVE_LAYOUT: build/.../tests/api/layout");
    let output = std::process::Command::new(program).output().expect("it runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let lines = text.lines().map(|line| line.split(' ').map(String::from).collect::<Vec<_>>());
    lines.filter(|words| words.len() == numbers + 1).collect()
}

#[test]
#[ignore = "needs CARVE_LAYOUT"]
fn structs_are_laid_out_as_the_c_compiler_does() {
    let number = |text: &str| text.parse::<usize>().expect("a number");
    let expected: Layout =
        c_says(2).into_iter().map(|w| (w[0].clone(), (number(&w[1]), number(&w[2])))).collect();
    assert!(expected.len() > 200);
    assert_eq!(layout(), expected);
}

#[test]
#[ignore = "needs CARVE_LAYOUT"]
fn constants_are_those_of_the_c_compiler() {
    let expected: BTreeMap<String, i64> =
        c_says(1).into_iter().map(|w| (w[0].clone(), w[1].parse().expect("a number"))).collect();
    assert!(expected.len() > 100);
    assert_eq!(constants(), expected);
}

#[test]
fn every_exported_function_is_declared_and_found() {
    let symbols = include_str!("../../../../carve.symbols");
    let mut functions = functions();
    functions.sort_unstable();
    assert_eq!(
        functions.iter().map(|f| f.0).collect::<Vec<_>>(),
        symbols.lines().collect::<Vec<_>>()
    );
    assert!(functions.iter().all(|f| f.1 != 0));
}

#[test]
fn a_struct_comes_with_the_defaults_of_the_library() {
    let lif = carve_lif::default();
    assert_eq!(lif.struct_size as usize, size_of_val(&lif));
    assert_eq!((lif.tau_m, lif.v_threshold, lif.t_ref), (0.02, -0.05, 5e-3));
    assert!(lif.receptors.is_null());
    let plasticity = carve_plasticity::default();
    assert_eq!((plasticity.eta, plasticity.gate), (0.1, CARVE_NO_POPULATION));
    assert_eq!(carve_term::default().reserved, [0; 5]);
}
