//! Where libcarve is: the folder CARVE_LIB_DIR, else what pkg-config says of an installed carve. It is linked as a
//! shared library, or as a static one if CARVE_STATIC is 1 or CARVE_LIB_DIR has no other.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    for name in ["CARVE_LIB_DIR", "CARVE_STATIC", "PKG_CONFIG", "PKG_CONFIG_PATH"] {
        println!("cargo:rerun-if-env-changed={}", name);
    }
    let folder = match env::var_os("CARVE_LIB_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => installed(),
    };
    link(&folder);
}

fn link(folder: &Path) {
    let has = |name: &str| folder.join(name).exists();
    let wants_static = env::var_os("CARVE_STATIC").map_or(false, |value| value == "1");
    let shared = has("libcarve.so") || has("libcarve.dylib");
    let kind = match (wants_static, shared, has("libcarve.a")) {
        (false, true, _) => "dylib",
        (_, _, true) => "static",
        _ => fail(&format!(
            "{} has no {}",
            folder.display(),
            if wants_static { "libcarve.a" } else { "libcarve.so or libcarve.a" }
        )),
    };
    println!("cargo:rustc-link-search=native={}", folder.display());
    println!("cargo:rustc-link-lib={}=carve", kind);
    println!("cargo:libdir={}", folder.display());
}

/// The folder of an installed libcarve.
fn installed() -> PathBuf {
    let program = env::var_os("PKG_CONFIG").unwrap_or_else(|| "pkg-config".into());
    let answer = Command::new(&program)
        .env("PKG_CONFIG_ALLOW_SYSTEM_LIBS", "1") // it would leave out -L/usr/lib
        .args(["--libs-only-L", "carve"])
        .output();
    match answer {
        Ok(output) if output.status.success() => {
            let flags = String::from_utf8_lossy(&output.stdout);
            PathBuf::from(flags.trim().trim_start_matches("-L"))
        }
        Ok(output) => fail(String::from_utf8_lossy(&output.stderr).trim()),
        Err(error) => fail(&format!("{} cannot be run: {}", program.to_string_lossy(), error)),
    }
}

fn fail(why: &str) -> ! {
    eprintln!("libcarve was not found: {}", why);
    eprintln!("Install carve (meson install -C BUILD), or set CARVE_LIB_DIR to the folder of libcarve.so or libcarve.a.");
    std::process::exit(1)
}
