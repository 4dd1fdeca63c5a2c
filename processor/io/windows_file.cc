#include "processor/io/windows_file.h"

#include <array>
#include <optional>
#include <set>
#include <utility>

#include "common/config/file.h"
#include "common/config/wording.h"
#include "common/config/yaml.h"

namespace mercaptan::processor {
namespace {

using config::Document;
using config::Section;

constexpr std::array<std::string_view, 2> kKindNames{"purge", "maintenance"};
constexpr std::size_t kWindowsMax = 10'000;
constexpr Duration kLongest = std::chrono::hours{31 * 24};  // Beyond, it is no window but a gap.

std::optional<Instant> read_instant(Section& section, std::string_view key) {
    const std::string text = section.required_string(key);
    if (const auto at = parse_rfc3339(text)) return *at;
    if (section.has(key))
        section.error(key, config::expected_got("a time as 2026-11-21T08:00:00+08:00", text));
    return std::nullopt;
}

SiteWindow read_window(Section section) {
    SiteWindow window;
    window.id = section.name("id").str();
    window.site = section.name("site");
    window.kind = section.choice<WindowKind>("kind", kKindNames);
    const auto from = read_instant(section, "from");
    const auto until = read_instant(section, "until");
    window.reason = section.required_string("reason");
    if (!from || !until) return window;
    window.from = *from;
    window.until = *until;
    if (window.until <= window.from) {
        section.error("until", "expected a time after from");
    } else if (window.until - window.from > kLongest) {
        section.error("until", "expected at most 31 days after from");
    }
    return window;
}

}  // namespace

Result<std::vector<SiteWindow>> parse_windows(std::string_view text, std::string file_name) {
    auto document = Document::parse(text, std::move(file_name));
    if (!document) return Failure{document.error()};
    Section root = document->root();
    std::vector<SiteWindow> windows;
    std::set<std::string> ids;
    for (Section section : root.sections("windows")) {
        windows.push_back(read_window(section));
        if (!ids.insert(windows.back().id).second)
            section.error("id",
                          "expected an id of its own, got \"" + windows.back().id + "\" again");
    }
    if (windows.size() > kWindowsMax) root.error("windows", "expected at most 10000 windows");
    if (auto sound = document->finish(); !sound) return Failure{sound.error()};
    return windows;
}

Result<std::vector<SiteWindow>> load_windows(const std::filesystem::path& file) {
    auto text = config::read_file(file, config::kYamlBytesMax);
    if (!text) return Failure{text.error()};
    return parse_windows(*text, file.string());
}

}  // namespace mercaptan::processor
