#include "processor/io/version_rows.h"

#include <memory>
#include <string>
#include <utility>

#include "processor/io/calendar_file.h"
#include "processor/io/policy_file.h"
#include "processor/io/rows.h"
#include "processor/io/tables.h"

namespace mercaptan::processor {
namespace {

Result<void> read_calendar(const VersionRow& row, EarlierVersions& versions) {
    return parse_calendar(row.text, "calendar " + row.version).map([&](Calendar&& calendar) {
        versions.calendars.push_back(std::make_shared<const Calendar>(std::move(calendar)));
    });
}

Result<void> read_policy(const VersionRow& row, EarlierVersions& versions) {
    const std::string name = row.policy + " " + row.version;
    auto life = parse_life_cycle(row.life_cycle, name + " life_cycle");
    if (!life) return Failure{life.error()};
    const auto shared = std::make_shared<const LifeCycle>(*std::move(life));
    const LifeCycles cycles{{"", shared}, {shared->name.str(), shared}};
    return processor::read_policy(row.text, name, cycles).map([&](PolicyFile&& file) {
        versions.policies.push_back(std::make_shared<const Policy>(std::move(file.policy)));
    });
}

}  // namespace

Result<EarlierVersions> load_versions(const store::Store& store, std::vector<std::string>* unread) {
    EarlierVersions versions;
    Result<void> outcome;
    const auto scanned = store.scan(
        table(StoreTable::versions), {}, {}, [&](std::string_view key, std::string_view value) {
            const auto row = decode_version(key, value);
            if (!row) {
                outcome = Failure{row.error()};
                return false;
            }
            const auto read =
                row->policy.empty() ? read_calendar(*row, versions) : read_policy(*row, versions);
            if (!read && unread != nullptr) unread->push_back(read.error().message);
            return true;
        });
    if (!scanned) return Failure{scanned.error()};
    if (!outcome) return Failure{outcome.error()};
    return versions;
}

}  // namespace mercaptan::processor
