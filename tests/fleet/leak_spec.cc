#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "tests/fleet/options.h"

namespace mercaptan::fleet {
namespace {

constexpr double kPeakMax = 100;
constexpr std::size_t kSitesMax = 100'000;

const std::map<std::string_view, LeakKind> kLeakKinds{{"slow", LeakKind::slow},
                                                      {"sudden", LeakKind::sudden},
                                                      {"rooms", LeakKind::rooms},
                                                      {"main", LeakKind::main}};

template <class Number>
std::optional<Number> number_of(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

Result<void> set(LeakSpec& leak, std::string_view key, std::string_view value) {
    const auto bad = [&](const char* expected) {
        return fail(ErrorCode::invalid_input,
                    "leak: " + std::string{key} + ": expected " + expected, std::string{key});
    };
    if (key == "at" || key == "over") {
        const auto span = parse_span(value);
        if (!span) return bad("a time such as 500ms, 5s, 2m");
        (key == "at" ? leak.at : leak.over) = *span;
    } else if (key == "kind") {
        const auto found = kLeakKinds.find(value);
        if (found == kLeakKinds.end()) return bad("slow, sudden, rooms or main");
        leak.kind = found->second;
    } else if (key == "site") {
        leak.site = value;
    } else if (key == "zone") {
        leak.zone = value;
    } else if (key == "peak") {
        const auto peak = number_of<double>(value);
        if (!peak || *peak <= 0 || *peak > kPeakMax) return bad("%LEL above 0, at most 100");
        leak.peak_lel_pct = *peak;
    } else if (key == "sites") {
        const auto sites = number_of<std::size_t>(value);
        if (!sites || *sites == 0 || *sites > kSitesMax) return bad("1 to 100000");
        leak.sites = *sites;
    } else {
        return fail(ErrorCode::invalid_input, "leak: unknown key " + std::string{key});
    }
    return {};
}

}  // namespace

Result<Millis> parse_span(std::string_view text) {
    static const std::map<std::string_view, std::int64_t> kUnits{
        {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}};
    double amount = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
    const auto used = static_cast<std::size_t>(end - text.data());
    const auto unit = kUnits.find(text.substr(used));
    constexpr double kSpanMaxMs = 1e11;
    if (error != std::errc{} || unit == kUnits.end() || amount < 0 || amount > kSpanMaxMs) {
        return fail(ErrorCode::invalid_input,
                    "expected a time such as 500ms, 5s, 2m: " + std::string{text});
    }
    return Millis{static_cast<std::int64_t>(amount * static_cast<double>(unit->second))};
}

Result<LeakSpec> parse_leak(std::string_view text) {
    LeakSpec leak;
    while (!text.empty()) {
        const std::string_view item = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), item.size() + 1));
        const std::size_t equals = item.find('=');
        if (equals == std::string_view::npos) {
            return fail(ErrorCode::invalid_input, "leak: expected key=value: " + std::string{item});
        }
        const auto done = set(leak, item.substr(0, equals), item.substr(equals + 1));
        if (!done) return Failure{done.error()};
    }
    return leak;
}

Result<std::vector<LeakSpec>> read_scenario(const std::string& path) {
    std::vector<LeakSpec> leaks;
    try {
        const YAML::Node root = YAML::LoadFile(path);
        for (const auto& entry : root) {
            if (entry.first.as<std::string>() != "leaks") {
                return fail(ErrorCode::invalid_input,
                            path + ": unknown key " + entry.first.as<std::string>());
            }
        }
        for (const YAML::Node& item : root["leaks"]) {
            LeakSpec leak;
            for (const auto& field : item) {
                const auto done =
                    set(leak, field.first.as<std::string>(), field.second.as<std::string>());
                if (!done) {
                    std::string where = path + ":" + std::to_string(item.Mark().line + 1) + ": ";
                    return fail(ErrorCode::invalid_input, where.append(done.error().message));
                }
            }
            leaks.push_back(std::move(leak));
        }
    } catch (const YAML::Exception& error) {
        return fail(ErrorCode::invalid_input, path + ": " + error.what());
    }
    return leaks;
}

}  // namespace mercaptan::fleet
