#include "common/config/cli_options.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tests/unit/common/config/scratch_dir.h"

namespace mercaptan::config {
namespace {

struct Outcome {
    std::optional<int> exit_code;
    ProgramOptions options;
    std::string out;
    std::string err;
};

Outcome run(const std::vector<const char*>& given) {
    Outcome outcome;
    std::vector<const char*> arguments{"mercaptan-gateway"};
    arguments.insert(arguments.end(), given.begin(), given.end());
    CLI::App app{"The gateway"};
    app.add_subcommand("decode", "Decode payloads");
    add_program_options(app, outcome.options, "mercaptan-gateway 0.1.0");
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    outcome.exit_code =
        parse_command_line(app, static_cast<int>(arguments.size()), arguments.data());
    outcome.out = testing::internal::GetCapturedStdout();
    outcome.err = testing::internal::GetCapturedStderr();
    return outcome;
}

TEST(CliOptions, ReadsTheSharedOptions) {
    const Outcome outcome = run({"--config", "g.yaml", "--set", "http.listen=127.0.0.1:0", "--set",
                                 "a=b=c", "--set=empty=", "--check"});
    EXPECT_EQ(outcome.exit_code, std::nullopt) << outcome.err;
    EXPECT_EQ(outcome.options.config, "g.yaml");
    EXPECT_TRUE(outcome.options.check);
    const std::vector<std::pair<std::string, std::string>> overrides{
        {"http.listen", "127.0.0.1:0"}, {"a", "b=c"}, {"empty", ""}};
    EXPECT_EQ(outcome.options.overrides, overrides);
}

TEST(CliOptions, NeedsNoConfigForASubcommand) {
    EXPECT_EQ(run({"decode"}).exit_code, std::nullopt);
}

TEST(CliOptions, EndsForHelpAndVersion) {
    const Outcome version = run({"--version"});
    EXPECT_EQ(version.exit_code, kExitFine);
    EXPECT_EQ(version.out, "mercaptan-gateway 0.1.0\n");
    const Outcome help = run({"--help"});
    EXPECT_EQ(help.exit_code, kExitFine);
    for (const char* option : {"--config FILE", "--set KEY=VALUE", "--check", "--version"}) {
        EXPECT_NE(help.out.find(option), std::string::npos) << help.out;
    }
}

TEST(CliOptions, EndsWithTwoForBadUsage) {
    const std::pair<std::vector<const char*>, std::string> cases[] = {
        {{}, "--config is required"},
        {{"--config"}, "--config"},
        {{"--config", "g.yaml", "--sett", "a=b"}, "--sett"},
        {{"--config", "g.yaml", "surplus"}, "surplus"},
        {{"--config", "g.yaml", "--set", "a"}, "expected dotted.key=value, got \"a\""},
        {{"--config", "g.yaml", "--set", "=b"}, "expected dotted.key=value, got \"=b\""},
    };
    for (const auto& [arguments, message] : cases) {
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.exit_code, kExitUsage) << message;
        EXPECT_NE(outcome.err.find(message), std::string::npos) << outcome.err;
    }
}

TEST(CliOptions, LoadsTheFileWithItsOverrides) {
    const ScratchDir dir;
    ProgramOptions options;
    options.config = dir.write("g.yaml", "http: {listen: a}\n");
    options.overrides = {{"http.listen", "b"}};
    Result<Document> document = load_config(options);
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(document->root().section("http").required_string("listen"), "b");
    options.config = dir.path() / "absent.yaml";
    EXPECT_FALSE(load_config(options));
}

}  // namespace
}  // namespace mercaptan::config
