#include "common/log/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <unistd.h>

#include <atomic>
#include <iterator>
#include <memory>
#include <mutex>

#include "common/log/stderr_sink.h"

namespace mercaptan::log {
namespace {

constexpr const char* kPattern = "%Y-%m-%dT%H:%M:%S.%eZ %l %n %v";

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warn:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

std::shared_ptr<spdlog::logger> make_logger(std::string component, spdlog::sink_ptr sink) {
    auto logger = std::make_shared<spdlog::logger>(std::move(component), std::move(sink));
    logger->set_formatter(
        std::make_unique<spdlog::pattern_formatter>(kPattern, spdlog::pattern_time_type::utc));
    logger->set_level(spdlog::level::debug);
    return logger;
}

struct State {
    const std::shared_ptr<StderrSink> sink = std::make_shared<StderrSink>(STDERR_FILENO);
    std::atomic<Level> level{Level::info};
    std::mutex mutex;
    std::shared_ptr<spdlog::logger> logger = make_logger("mercaptan", sink);  // Guarded by mutex.
};

// Never destroyed: threads of libraries may still log while the process exits.
State& state() {
    static State* const instance = new State;
    return *instance;
}

// One line, whatever the message holds: input may have come into it.
std::string without_control(std::string_view message) {
    std::string result;
    result.reserve(message.size());
    for (const char c : message) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F) {
            fmt::format_to(std::back_inserter(result), "\\x{:02x}", byte);
        } else {
            result.push_back(c);
        }
    }
    return result;
}

}  // namespace

Result<Level> parse_level(std::string_view text) {
    if (text == "debug") {
        return Level::debug;
    }
    if (text == "info") {
        return Level::info;
    }
    if (text == "warn") {
        return Level::warn;
    }
    if (text == "error") {
        return Level::error;
    }
    return fail(ErrorCode::invalid_input, "expected debug, info, warn or error");
}

void init(Level level, std::string component) {
    auto logger = make_logger(std::move(component), state().sink);
    const std::lock_guard lock{state().mutex};
    state().logger = std::move(logger);
    state().level = level;
}

bool enabled(Level level) {
    return level >= state().level.load();
}

void write(Level level, std::string_view message) {
    std::shared_ptr<spdlog::logger> logger;
    {
        const std::lock_guard lock{state().mutex};
        logger = state().logger;
    }
    logger->log(to_spdlog(level), without_control(message));
}

void flush() {
    state().sink->flush();
}

std::uint64_t lines_lost() {
    return state().sink->lines_lost();
}

std::string quote(std::string_view value) {
    if (!value.empty() && value.find_first_of(" =\"") == std::string_view::npos) {
        return std::string{value};
    }
    std::string result{'"'};
    for (const char c : value) {
        if (c == '"' || c == '\\') {
            result.push_back('\\');
        }
        result.push_back(c);
    }
    result.push_back('"');
    return result;
}

}  // namespace mercaptan::log
