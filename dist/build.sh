# How the program is built for a release; dist/release reads this.

tools=$PWD/target/tools

# What the program may take on disk, in bytes.
budget=24000000

# A target without the glibc that may stand behind it.
triple() { echo "${1%.2.*}"; }

has_standard_library() { compgen -G "$(rustc --print sysroot)/lib/rustlib/$(triple "$1")/lib/libstd-*.rlib" > /dev/null; }

built() { echo "$PWD/target/$(triple "$1")/release/hotseat"; }

build() {
  local triple cargo_home underscored
  triple=$(triple "$1")
  cargo_home=$(realpath "${CARGO_HOME:-$HOME/.cargo}")
  underscored=${triple//-/_}
  # What a crate draws by lot while it is built is the same each time: CONST_RANDOM_SEED. `cargo auditable` is begun with a
  # cargo that names its wrapper without a folder: see dist/cargo-hidden.
  echo "Building for $1." >&2
  env \
    PATH="$tools/bin:$PATH" \
    RUSTC_WRAPPER="$PWD/dist/rustc-hidden" \
    HIDDEN="$PWD=/hotseat"$'\n'"$cargo_home=/cargo"$'\n'"$HOME=/home" \
    "CFLAGS_$underscored=-g0 -ffile-prefix-map=$PWD=/hotseat -ffile-prefix-map=$cargo_home=/cargo" \
    CONST_RANDOM_SEED=hotseat \
    CARGO_INCREMENTAL=0 \
    CARGO_PROFILE_RELEASE_STRIP=symbols \
    CARGO_ZIGBUILD_ZIG_PATH="$tools/ziglang/ziglang/zig" \
    CARGO_ZIGBUILD_CACHE_DIR="$PWD/target/zig" \
    ZIG_GLOBAL_CACHE_DIR="$PWD/target/zig/global" \
    ZIG_LOCAL_CACHE_DIR="$PWD/target/zig/local" \
    CARGO="$PWD/dist/cargo-hidden" \
    cargo-auditable auditable zigbuild --quiet --locked --release --bin hotseat --target "$1" --target-dir target
}

# Holds what a program promises: no newer glibc, no folder of this machine, what it is made of.
check_program() {
  local floor newest
  floor=${1##*-gnu}
  floor=${floor#.}
  newest=$(objdump -T "$2" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -Vu | tail -1)
  if [ -n "$floor" ] && [ "$(printf '%s\n' "$floor" "$newest" | sort -V | tail -1)" != "$floor" ]; then
    echo "$2 asks for glibc $newest, and $floor was promised." >&2
    return 1
  fi
  if [ "$(stat -c %s "$2")" -gt "$budget" ]; then
    echo "$2 is larger than $budget bytes: see what made it grow, for it is copied to jump hosts." >&2
    return 1
  fi
  if grep -qaF -e "$PWD/" -e "$HOME/." "$2"; then
    echo "$2 names a folder of this machine." >&2
    return 1
  fi
  objdump -h "$2" | grep -q '\.dep-v0' || { echo "$2 does not tell what it is made of." >&2; return 1; }
  echo "$(triple "$1"): $(stat -c %s "$2") bytes, glibc ${newest:-none}." >&2
}
