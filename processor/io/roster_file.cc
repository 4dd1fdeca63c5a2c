#include "processor/io/roster_file.h"

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "common/config/file.h"
#include "common/config/wording.h"
#include "common/config/yaml.h"

namespace mercaptan::processor {
namespace {

using config::Document;
using config::Section;

constexpr std::array<std::string_view, 3> kRoleNames{"crew", "dispatcher", "supervisor"};

std::optional<int> two_digits(std::string_view text) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.size() != 2 || !digit(text[0]) || !digit(text[1])) return std::nullopt;
    return (text[0] - '0') * 10 + (text[1] - '0');
}

/// `08:30`; `24:00` is the end of the day.
std::optional<std::uint16_t> minute_from(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hour = two_digits(text.substr(0, 2));
    const auto minute = two_digits(text.substr(3, 2));
    if (!hour || !minute || *minute > 59 || *hour * 60 + *minute > 24 * 60) return std::nullopt;
    return static_cast<std::uint16_t>(*hour * 60 + *minute);
}

/// `08:00-20:00`; an end at or before the beginning lies on the next day.
std::optional<Shift> shift_from(std::string_view text) {
    if (text.size() != 11 || text[5] != '-') return std::nullopt;
    const auto from = minute_from(text.substr(0, 5));
    const auto to = minute_from(text.substr(6));
    if (!from || !to || *from == 24 * 60) return std::nullopt;
    return Shift{*from, *to};
}

Crew read_crew(Section section) {
    Crew crew;
    crew.id = section.name("id");
    crew.zones = section.names("zones");
    crew.skills = section.names("skills");
    for (const std::string& text : section.strings("shifts")) {
        if (const auto shift = shift_from(text)) {
            crew.shifts.push_back(*shift);
        } else {
            section.error("shifts", config::expected_got("HH:MM-HH:MM", text));
        }
    }
    return crew;
}

}  // namespace

Result<Roster> parse_roster(std::string_view text, std::string file_name) {
    auto document = Document::parse(text, std::move(file_name));
    if (!document) return Failure{document.error()};
    Section root = document->root();
    Roster roster;
    // Crews and people act under their ids, so no two of either may share one.
    std::set<Name> ids;
    const auto check_id = [&ids](Section& section, const Name& id) {
        if (ids.insert(id).second) return;
        section.error("id", "expected an id of its own, got \"" + id.str() + "\" again");
    };
    for (Section section : root.sections("crews")) {
        roster.crews.push_back(read_crew(section));
        check_id(section, roster.crews.back().id);
    }
    roster.roles = root.names("roles");
    std::vector<std::string_view> roles{kRoleNames.begin(), kRoleNames.end()};
    for (const Name& role : roster.roles) roles.push_back(role.view());
    for (Section section : root.sections("people")) {
        const Name id = section.name("id");
        roster.people.push_back({id, Name{roles[section.choice_index("role", roles)]}});
        check_id(section, id);
    }
    if (auto sound = document->finish(); !sound) return Failure{sound.error()};
    return roster;
}

Result<Roster> load_roster(const std::filesystem::path& file) {
    auto text = config::read_file(file, config::kYamlBytesMax);
    if (!text) return Failure{text.error()};
    return parse_roster(*text, file.string());
}

}  // namespace mercaptan::processor
