#include "processor/api/readings.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/json/writer.h"
#include "processor/api/answers.h"
#include "processor/api/query.h"
#include "processor/io/bytes.h"
#include "processor/io/render.h"

namespace mercaptan::processor::api {
namespace {

constexpr std::size_t kReadingsDefault = 1000;
constexpr std::size_t kReadingsMax = 10'000;
/// What one down-sampled page may read; more is refused, because a part of a step would be wrong.
constexpr std::size_t kReadingsVisitedMax = 2'000'000;

struct ReadingsQuery {
    Stretch stretch;
    std::size_t limit = kReadingsDefault;
    bool backwards = false;
    Duration step{0};    // Zero: raw.
    std::string cursor;  // Empty: from the start.
};

// A cursor starts with the time to go on at; a raw one says which reading of that time, too.
std::string cursor_of(Instant at, std::string_view key = {}) {
    std::string cursor;
    bytes::put_big_endian(cursor, bytes::sortable(at.ms));
    return cursor.append(key);
}

/// Leaves of the stretch what begins with the cursor. Returns the cursor's key.
Result<std::string> resume(ReadingsQuery& query) {
    if (query.cursor.empty()) return std::string{};
    bytes::Reader in{query.cursor};
    const Instant at{bytes::unsortable(in.big_endian<std::uint64_t>())};
    if (!in.ok() || at < kInstantMin || at > kInstantMax) {
        return fail(ErrorCode::invalid_input, "cursor: expected next_cursor of the page before",
                    "cursor");
    }
    const Duration through = query.step.count() > 0 ? query.step : Duration{1};
    if (query.backwards) {
        query.stretch.to = std::min(query.stretch.to, at + through);
    } else {
        query.stretch.from = std::max(query.stretch.from, at);
    }
    return query.cursor.substr(sizeof(std::uint64_t));
}

Result<http::Response> raw_readings(const store::Store& store, ReadingsQuery query) {
    const auto resume_at = resume(query);
    if (!resume_at) return Failure{resume_at.error()};
    ListAnswer list;
    std::optional<std::string> next;
    bool before = !resume_at->empty();
    const auto visited = visit_readings(
        store, query.stretch, query.backwards, [&](std::string_view key, const HistoryRow& row) {
            before = before && (query.backwards ? key > *resume_at : key < *resume_at);
            if (before) return true;
            if (list.size() == query.limit) {
                next = cursor_of(row.reading.at(), key);
                return false;
            }
            render_reading(list.next_item(), row);
            return true;
        });
    if (!visited) return Failure{visited.error()};
    return std::move(list).finish(next);
}

/// The readings of one step of time, put together.
class Step {
public:
    explicit Step(Instant start) : start_{start} {}

    [[nodiscard]] Instant start() const { return start_; }

    void add(const HistoryRow& row) {
        ++count_;
        row.reading.values.for_each([&](Quantity quantity, double number) {
            Range& range = ranges_[static_cast<std::size_t>(quantity)];
            range.min = range.count == 0 ? number : std::min(range.min, number);
            range.max = range.count == 0 ? number : std::max(range.max, number);
            range.sum += number;
            ++range.count;
        });
        row.reading.status.for_each([&](Status status) { status_.add(status); });
        late_ = late_ || row.late;
        quality_ = std::max(quality_, row.quality);
        received_at_ = std::max(received_at_, row.reading.received_at);
    }

    /// As a reading, whose values are means.
    void render(std::string& out) const {
        JsonWriter json{out};
        json.begin_object();
        json.member("at", start_);
        json.member("received_at", received_at_);
        json.member("count", count_);
        write(json, "values",
              [](const Range& range) { return range.sum / static_cast<double>(range.count); });
        write(json, "min", [](const Range& range) { return range.min; });
        write(json, "max", [](const Range& range) { return range.max; });
        json.key("status");
        json.begin_array();
        status_.for_each([&](Status status) { json.value(to_string(status)); });
        json.end_array();
        json.member("late", late_);
        json.member("quality", to_string(quality_));
        json.end_object();
    }

private:
    struct Range {
        double min = 0;
        double max = 0;
        double sum = 0;
        std::uint64_t count = 0;
    };

    template <class Pick>
    void write(JsonWriter& json, std::string_view name, const Pick& pick) const {
        json.key(name);
        json.begin_object();
        for (std::size_t i = 0; i < ranges_.size(); ++i) {
            if (ranges_[i].count == 0) continue;
            json.member(to_string(static_cast<Quantity>(i)), pick(ranges_[i]));
        }
        json.end_object();
    }

    Instant start_;
    std::uint64_t count_ = 0;
    std::array<Range, kQuantityCount> ranges_{};
    StatusSet status_;
    bool late_ = false;
    Quality quality_ = Quality::good;
    Instant received_at_ = kInstantMin;
};

/// Steps begin at whole multiples since 1970.
Instant step_of(Instant at, Duration step) {
    const std::int64_t rest = ((at.ms % step.count()) + step.count()) % step.count();
    return std::max(at - Duration{rest}, kInstantMin);
}

Result<http::Response> stepped_readings(const store::Store& store, ReadingsQuery query) {
    if (const auto resumed = resume(query); !resumed) return Failure{resumed.error()};
    ListAnswer list;
    std::optional<Step> step;
    std::optional<std::string> next;
    std::size_t visited = 0;
    const auto read = visit_readings(
        store, query.stretch, query.backwards, [&](std::string_view, const HistoryRow& row) {
            const Instant start = step_of(row.reading.at(), query.step);
            if (step && step->start() != start) {
                step->render(list.next_item());
                step.reset();
                if (list.size() == query.limit) {
                    next = cursor_of(start);
                    return false;
                }
            }
            if (!step) step.emplace(start);
            step->add(row);
            return ++visited < kReadingsVisitedMax;
        });
    if (!read) return Failure{read.error()};
    if (visited == kReadingsVisitedMax) {
        return fail(ErrorCode::invalid_input,
                    "limit: these steps hold more than " + std::to_string(kReadingsVisitedMax) +
                        " readings; ask for fewer or shorter steps",
                    "limit");
    }
    if (step) step->render(list.next_item());
    return std::move(list).finish(next);
}

std::optional<bool> backwards_from(std::string_view order) {
    if (order == "asc") return false;
    if (order == "desc") return true;
    return std::nullopt;
}

}  // namespace

Result<http::Response> list_readings(const Backend& backend,
                                     const RegistryOrder::Snapshot& registry,
                                     const http::Request& request) {
    const std::string& id = request.params.at("id");
    Query query{request};
    ReadingsQuery wanted;
    const auto site = query.text("site");
    wanted.stretch.from = query.instant("from").value_or(kInstantMin);
    wanted.stretch.to = query.instant("to").value_or(kInstantMax);
    wanted.limit = query.limit(kReadingsDefault, kReadingsMax);
    wanted.step = query.duration("step").value_or(Duration{0});
    const auto order = query.any_of("order", backwards_from, "asc or desc");
    wanted.backwards = !order.empty() && order.front();
    wanted.cursor = query.cursor().value_or("");
    if (wanted.stretch.to < wanted.stretch.from) query.refuse("to", "must not lie before from");
    if (auto good = query.finish(); !good) return Failure{good.error()};

    const auto known = find_device(backend, registry, id, site);
    if (!known) return Failure{known.error()};
    if (!*known) return fail(ErrorCode::not_found, "there is no device " + id);
    wanted.stretch.device = id;
    wanted.stretch.site = std::string{(*known)->site()};
    return wanted.step.count() > 0 ? stepped_readings(backend.store(), std::move(wanted))
                                   : raw_readings(backend.store(), std::move(wanted));
}

}  // namespace mercaptan::processor::api
