#include <algorithm>

#include "processor/api/readings.h"
#include "processor/io/tables.h"

// The history is ordered by day first, so that a device's readings are one short run in each day.
// A walk goes from day to day and asks the store, where a day has nothing of the device, which day
// comes next: it costs as many seeks as there are days with any reading at all.
namespace mercaptan::processor::api {
namespace {

/// Both walks share what they do within a day.
class Walk {
public:
    Walk(const store::Store& store, const Stretch& stretch, const VisitReading& visit)
        : store_{store}, stretch_{stretch}, visit_{visit} {}

    /// False once the visitor has had enough.
    Result<bool> day(std::uint32_t day, bool backwards) {
        std::string from;
        std::string to;
        history_seek(from, day, stretch_.device, stretch_.site, stretch_.from);
        history_seek(to, day, stretch_.device, stretch_.site, stretch_.to);
        bool wanted = true;
        std::optional<Error> damage;
        const auto take = [&](std::string_view key, std::string_view value) {
            const auto row = decode_history(key, value);
            if (!row) damage = row.error();
            wanted = row && visit_(key, *row);
            return wanted;
        };
        const auto table_id = table(StoreTable::history);
        const auto scanned = backwards ? store_.scan_back(table_id, from, to, take)
                                       : store_.scan(table_id, from, to, take);
        if (!scanned) return Failure{scanned.error()};
        if (damage) return Failure{*damage};
        return wanted;
    }

    /// The first day in [day, last] with any row; nothing if there is none.
    Result<std::optional<std::uint32_t>> day_from(std::uint32_t day) const {
        return one_day(day, [&](const auto& from, const auto& visit) {
            return store_.scan(table(StoreTable::history), from, "", visit);
        });
    }
    /// The last day at or before `day` with any row.
    Result<std::optional<std::uint32_t>> day_until(std::uint32_t day) const {
        if (day == UINT32_MAX) return day_before_key("");
        std::string to;
        history_seek(to, day + 1, "");
        return day_before_key(to.substr(0, sizeof day));
    }

private:
    template <class Scan>
    Result<std::optional<std::uint32_t>> one_day(std::uint32_t day, const Scan& scan) const {
        std::string from;
        history_seek(from, day, "");
        from.resize(sizeof day);
        std::optional<std::uint32_t> found;
        const auto scanned = scan(from, [&](std::string_view key, std::string_view) {
            found = history_key_day(key);
            return false;
        });
        if (!scanned) return Failure{scanned.error()};
        return found;
    }
    Result<std::optional<std::uint32_t>> day_before_key(const std::string& to) const {
        std::optional<std::uint32_t> found;
        const auto scanned = store_.scan_back(table(StoreTable::history), "", to,
                                              [&](std::string_view key, std::string_view) {
                                                  found = history_key_day(key);
                                                  return false;
                                              });
        if (!scanned) return Failure{scanned.error()};
        return found;
    }

    const store::Store& store_;
    const Stretch& stretch_;
    const VisitReading& visit_;
};

}  // namespace

Result<void> visit_readings(const store::Store& store, const Stretch& stretch, bool backwards,
                            const VisitReading& visit) {
    if (stretch.from >= stretch.to) return {};
    Walk walk{store, stretch, visit};
    const std::uint32_t first = day_of(stretch.from);
    const std::uint32_t last = day_of(stretch.to - Duration{1});
    std::uint32_t day = backwards ? last : first;
    while (true) {
        const auto next = backwards ? walk.day_until(day) : walk.day_from(day);
        if (!next) return Failure{next.error()};
        if (!*next || **next < first || **next > last) return {};
        day = **next;
        const auto wanted = walk.day(day, backwards);
        if (!wanted) return Failure{wanted.error()};
        if (!*wanted || day == (backwards ? first : last)) return {};
        day = backwards ? day - 1 : day + 1;
    }
}

Result<std::optional<HistoryRow>> newest_reading(const store::Store& store, std::string_view device,
                                                 std::string_view site) {
    const Stretch always{std::string{device}, std::string{site}, kInstantMin, kInstantMax};
    std::optional<HistoryRow> newest;
    const auto visited =
        visit_readings(store, always, /*backwards=*/true, [&](auto, const HistoryRow& row) {
            newest = row;
            return false;
        });
    if (!visited) return Failure{visited.error()};
    return newest;
}

}  // namespace mercaptan::processor::api
