#include "common/log/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <vector>

namespace mercaptan::log {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

// Puts a pipe in the place of stderr while it lives.
class CapturedStderr {
public:
    CapturedStderr() : saved_{dup(STDERR_FILENO)} {
        EXPECT_EQ(pipe2(pipe_.data(), O_CLOEXEC), 0);
        dup2(pipe_[1], STDERR_FILENO);
        close(pipe_[1]);
        fcntl(pipe_[0], F_SETFL, O_NONBLOCK);
    }
    ~CapturedStderr() {
        restore();
        close(pipe_[0]);
    }
    CapturedStderr(const CapturedStderr&) = delete;
    CapturedStderr& operator=(const CapturedStderr&) = delete;

    // What was written since the last call.
    [[nodiscard]] std::string read_all() const {
        std::string text;
        std::array<char, 65536> buffer{};
        for (;;) {
            const ssize_t got = read(pipe_[0], buffer.data(), buffer.size());
            if (got <= 0) {
                return text;
            }
            text.append(buffer.data(), static_cast<std::size_t>(got));
        }
    }

private:
    void restore() {
        dup2(saved_, STDERR_FILENO);
        close(saved_);
    }

    int saved_;
    std::array<int, 2> pipe_{};
};

TEST(Log, WritesOneLineOfTimeLevelComponentAndMessage) {
    const CapturedStderr captured;
    init(Level::info, "gateway");
    info("connected uri={} tries={}", "tcp://b", 3);
    EXPECT_THAT(captured.read_all(),
                MatchesRegex("....-..-..T..:..:......Z info gateway connected uri=tcp://b "
                             "tries=3\n"));
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
    const CapturedStderr captured;
    init(Level::warn);
    debug("no {}", 1);
    info("no {}", 2);
    warn("yes {}", 3);
    error("yes {}", 4);
    const std::string text = captured.read_all();
    EXPECT_THAT(text, testing::Not(HasSubstr("no")));
    EXPECT_THAT(text, HasSubstr(" warning mercaptan yes 3\n"));
    EXPECT_THAT(text, HasSubstr(" error mercaptan yes 4\n"));
    EXPECT_FALSE(enabled(Level::info));
    EXPECT_TRUE(enabled(Level::error));
}

TEST(Log, InputCannotForgeALine) {
    const CapturedStderr captured;
    init(Level::info);
    info("device={}", "a\n2026 info gateway all is well\x1b[2J");
    const std::string text = captured.read_all();
    EXPECT_THAT(text, HasSubstr("device=a\\x0a2026 info gateway all is well\\x1b[2J\n"));
}

TEST(Log, CutsALongLineBetweenCharacters) {
    const CapturedStderr captured;
    init(Level::info);
    std::string message;
    while (message.size() < 2 * kLineMaxBytes) {
        message += "阀";
    }
    info("{}", message);
    const std::string text = captured.read_all();
    EXPECT_LE(text.size(), kLineMaxBytes);
    EXPECT_GT(text.size(), kLineMaxBytes - 8);
    EXPECT_THAT(text, testing::EndsWith("阀 …cut\n"));
}

TEST(Log, CountsInsteadOfBlockingWhenNobodyReads) {
    const CapturedStderr captured;
    init(Level::info);
    const std::uint64_t before = lines_lost();
    const std::string message(1000, 'x');
    for (int i = 0; i < 1000; ++i) {  // Far more than a pipe holds.
        info("{} {}", i, message);
    }
    const std::uint64_t lost = lines_lost() - before;
    EXPECT_GT(lost, 0U);
    const std::string kept = captured.read_all();
    EXPECT_EQ(std::count(kept.begin(), kept.end(), '\n') + static_cast<std::ptrdiff_t>(lost), 1000);
    info("again");
    EXPECT_THAT(captured.read_all(),
                MatchesRegex(".* warning mercaptan log lines lost count=" + std::to_string(lost) +
                             " total=.*\n.* info mercaptan again\n"));
}

TEST(Log, KeepsTheLinesOfManyThreadsWhole) {
    const CapturedStderr captured;
    init(Level::info);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([] {
            for (int i = 0; i < 50; ++i) {
                info("begin {} end", i);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    flush();
    const std::string text = captured.read_all();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 200);
    EXPECT_THAT(text, testing::EndsWith(" end\n"));
}

TEST(Log, ReadsLevels) {
    EXPECT_EQ(parse_level("debug"), Level::debug);
    EXPECT_EQ(parse_level("error"), Level::error);
    EXPECT_EQ(parse_level("loud").error().code, ErrorCode::invalid_input);
}

TEST(Log, QuotesValuesThatNeedIt) {
    EXPECT_EQ(quote("plain"), "plain");
    EXPECT_EQ(quote(""), "\"\"");
    EXPECT_EQ(quote("two words"), "\"two words\"");
    EXPECT_EQ(quote("a=\"b\\"), "\"a=\\\"b\\\\\"");
}

}  // namespace
}  // namespace mercaptan::log
