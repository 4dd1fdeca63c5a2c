#include "common/config/file.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/common/config/scratch_dir.h"

namespace mercaptan::config {
namespace {

TEST(ReadFile, GivesTheBytes) {
    const ScratchDir dir;
    const std::string bytes("a\0\r\n\xFF", 5);
    const auto file = dir.write("f", bytes);
    EXPECT_EQ(read_file(file, 5), bytes);
    EXPECT_EQ(read_file(dir.write("empty", ""), 5), "");
}

TEST(ReadFile, NamesTheFileAndWhatWasExpected) {
    const ScratchDir dir;
    const auto message = [](const auto& result) {
        return result ? std::string{"accepted"} : result.error().message;
    };
    const std::string absent = (dir.path() / "absent").string();
    EXPECT_EQ(message(read_file(absent, 5)),
              absent + ": expected a readable file, got \"No such file or directory\"");
    EXPECT_EQ(message(read_file(dir.path(), 5)),
              dir.path().string() + ": expected a readable file, got \"a directory\"");
    const auto longer = dir.write("long", "123456");
    EXPECT_EQ(message(read_file(longer, 5)), longer.string() + ": expected at most 5 bytes");
    // Files that do not tell their size are bounded, too.
    EXPECT_EQ(message(read_file("/dev/zero", 100'000)), "/dev/zero: expected at most 100000 bytes");
}

}  // namespace
}  // namespace mercaptan::config
