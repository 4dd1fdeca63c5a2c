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
#include "processor/io/hours_text.h"

namespace mercaptan::processor {
namespace {

using config::Document;
using config::Section;

constexpr std::array<std::string_view, 3> kRoleNames{"crew", "dispatcher", "supervisor"};

Crew read_crew(Section section) {
    Crew crew;
    crew.id = section.name("id");
    crew.zones = section.names("zones");
    crew.skills = section.names("skills");
    for (const std::string& text : section.strings("shifts")) {
        if (const auto shift = hours_from(text)) {
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
