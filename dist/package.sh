# What is made of a built program; dist/release reads this. Times, owners and orders are fixed everywhere.

stage=$PWD/target/stage

# Puts everything that is packaged into target/stage.
lay_out() {
  local runs
  rm -rf "$stage"
  mkdir -p "$stage/completions"
  cp "$2" "$stage/hotseat"
  # Pages and completions come out of the program; of one for another machine, out of one that runs here.
  runs=$stage/hotseat
  "$runs" --version > /dev/null 2>&1 || { cargo build --quiet --locked; runs=target/debug/hotseat; }
  "$runs" man --out "$stage/man" > /dev/null
  gzip -9n "$stage"/man/*.1
  "$runs" completions bash > "$stage/completions/hotseat.bash"
  "$runs" completions zsh > "$stage/completions/_hotseat"
  "$runs" completions fish > "$stage/completions/hotseat.fish"
  gzip -9nc CHANGELOG.md > "$stage/changelog.gz"
  dist/debian-changelog "$(maintainer)" > "$stage/changelog.Debian"
  bill_of_materials "$(triple "$1")" > "$stage/hotseat.cdx.json"
  touched "$stage"
}

maintainer() { git log -1 --format='%an <%ae>'; }

touched() { find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +; }

# What is in the program, as CycloneDX; without the folder that it was made in.
bill_of_materials() {
  PATH="$tools/bin:$PATH" cargo cyclonedx --quiet --format json --target "$1"
  sed "s|path+file://$PWD#|hotseat#|g" hotseat.cdx.json
  rm hotseat.cdx.json
}

# A folder as an archive: the same files, the same bytes.
tarred() {
  tar -C "$1" --sort=name --owner=0 --group=0 --numeric-owner --mode=u+rw,go+r-w --mtime="@$SOURCE_DATE_EPOCH" -c "$2" | gzip -9n
}

archive() {
  local name folder
  name=hotseat-$version-$(triple "$1")
  folder=$PWD/target/archive
  rm -rf "$folder"
  mkdir -p "$folder/$name/systemd"
  cp -r "$stage"/{hotseat,man,completions,hotseat.cdx.json} docs README.md CHANGELOG.md LICENSE assets/config.toml "$folder/$name"
  cp assets/bridge/hotseat-bridge.service assets/relay/hotseat-relay.service "$folder/$name/systemd"
  tarred "$folder" "$name" > "$out/$name.tar.gz"
  cp "$stage/hotseat.cdx.json" "$out/$name.cdx.json"
}

packages() {
  local triple
  triple=$(triple "$1")
  # Packages take times of files over, those of the clone's too.
  git ls-files -z docs assets dist README.md LICENSE CHANGELOG.md | xargs -0 touch -h -d "@$SOURCE_DATE_EPOCH"
  PATH="$tools/bin:$PATH" cargo deb --quiet --no-build --no-strip --target "$triple" --maintainer "$(maintainer)" --output "$out/"
  PATH="$tools/bin:$PATH" cargo generate-rpm --target "$triple" --payload-compress gzip --output "$out/"
}

# The source as it was committed, which the formula builds from.
sources() {
  git -c tar.umask=0022 archive --format=tar --prefix="hotseat-$version/" HEAD | gzip -9n > "$out/hotseat-$version.tar.gz"
}

# Where the files will lie: as it was said, or below the clone's origin.
web() {
  local origin
  [ -z "$1" ] || { echo "$1"; return; }
  origin=$(git remote get-url origin 2>/dev/null || true)
  origin=$(sed -E 's|^git@([^:]+):|https://\1/|; s|\.git$||' <<< "$origin")
  case $origin in
    https://*) echo "$origin/releases/download/v$version" ;;
  esac
}

# The formula of Homebrew and the PKGBUILD of AUR, with the sums of what they fetch.
recipes_of_others() {
  if [ -z "$1" ]; then
    echo "Not made: the formula and the PKGBUILD. This clone has no origin on the web; give --url." >&2
    return
  fi
  local sum sources='' architectures=() archive arch
  sum() { sha256sum "$1" | cut -d' ' -f1; }
  for archive in "$out/hotseat-$version"-*-linux-gnu.tar.gz; do
    [ -e "$archive" ] || continue
    arch=${archive##*/hotseat-"$version"-}
    arch=${arch%%-*}
    architectures+=("$arch")
    sources+="source_$arch=(\"$1/${archive##*/}\")"$'\n'"sha256sums_$arch=('$(sum "$archive")')"$'\n'
  done
  filled() {
    HOME_PAGE=${2%%/releases/*} URL=$2 VERSION=$version ARCHITECTURES=${architectures[*]} SOURCES=${sources%$'\n'} \
      SOURCE_SHA256=$(sum "$out/hotseat-$version.tar.gz") \
      awk '{
        gsub(/@HOME@/, ENVIRON["HOME_PAGE"]); gsub(/@URL@/, ENVIRON["URL"]); gsub(/@VERSION@/, ENVIRON["VERSION"])
        gsub(/@SOURCE_SHA256@/, ENVIRON["SOURCE_SHA256"]); gsub(/@ARCHITECTURES@/, ENVIRON["ARCHITECTURES"])
        gsub(/@SOURCES@/, ENVIRON["SOURCES"]); print
      }' "dist/templates/$1"
  }
  filled hotseat.rb "$1" > "$out/hotseat.rb"
  filled PKGBUILD "$1" > "$out/PKGBUILD"
}
