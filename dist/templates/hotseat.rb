# typed: strict
# frozen_string_literal: true

# An incident console for the terminal, on incident.io's API.
class Hotseat < Formula
  desc "Incident console for the terminal, on the API of incident.io"
  homepage "@HOME@"
  url "@URL@/hotseat-@VERSION@.tar.gz"
  sha256 "@SOURCE_SHA256@"
  license "MIT"

  depends_on "rust" => :build

  def install
    system "cargo", "install", *std_cargo_args
    system bin/"hotseat", "man", "--out", man1
    generate_completions_from_executable(bin/"hotseat", "completions", shells: [:bash, :zsh, :fish])
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/hotseat --version")
    output = shell_output("#{bin}/hotseat --config #{File::NULL} incidents list 2>&1", 1)
    assert_match "missing_api_key", output
  end
end
