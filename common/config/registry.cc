#include "common/config/registry.h"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <limits>
#include <span>
#include <utility>

#include "common/config/csv.h"
#include "common/config/duration.h"
#include "common/config/file.h"
#include "common/config/wording.h"

namespace mercaptan::config {
namespace {

constexpr std::string_view kName = "a name of 1 to 63 bytes without control characters, /, + or #";
constexpr std::int64_t kIntervalSecondsMax =
    std::chrono::duration_cast<std::chrono::seconds>(kDurationMax).count();

/// Finds entries by device id: open addressing over their indexes, a few bytes per device.
class DeviceIndex {
public:
    explicit DeviceIndex(std::size_t devices_max)
        : slots_(std::bit_ceil(devices_max * 2 + 1), kEmpty) {}

    /// The entry with that id, or `none` after which `insert_at` may put it in.
    [[nodiscard]] std::optional<std::size_t> find(const DeviceRegistry& entries,
                                                  std::string_view device) const {
        const std::uint32_t index = slots_[slot(entries, device)];
        return index == kEmpty ? std::nullopt : std::optional<std::size_t>{index};
    }
    void insert(const DeviceRegistry& entries, std::size_t index) {
        slots_[slot(entries, entries.device_id(index))] = static_cast<std::uint32_t>(index);
    }

private:
    static constexpr std::uint32_t kEmpty = std::numeric_limits<std::uint32_t>::max();

    [[nodiscard]] std::size_t slot(const DeviceRegistry& entries, std::string_view device) const {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = std::hash<std::string_view>{}(device)&mask;
        while (slots_[at] != kEmpty && entries.device_id(slots_[at]) != device) {
            at = (at + 1) & mask;
        }
        return at;
    }

    std::vector<std::uint32_t> slots_;
};

std::optional<Instant> parse_date(std::string_view text) {
    constexpr std::size_t kDateBytes = 10;
    const Result<Instant> at = text.size() == kDateBytes
                                   ? parse_rfc3339(std::string{text} + "T00:00:00Z")
                                   : parse_rfc3339(text);
    return at ? std::optional{*at} : std::nullopt;
}

class RegistryParser {
public:
    RegistryParser(CsvReader reader, std::size_t rows_max)
        : reader_(std::move(reader)), index_(rows_max) {
        entries_.reserve(rows_max);
        lines_.reserve(rows_max);
    }

    Result<DeviceRegistry> parse() {
        while (true) {
            const Result<bool> some = reader_.next();
            if (!some) {
                report(some.error().message);
                break;
            }
            if (!*some) break;
            add_row();
        }
        check_valves();
        if (problems_ == 0) return std::move(entries_);
        if (problems_ > kRegistryErrorsMax) {
            message_ += "\n" + reader_.file_name() + ": and " +
                        std::to_string(problems_ - kRegistryErrorsMax) + " more";
        }
        return fail(ErrorCode::invalid_input, std::move(message_));
    }

private:
    void add_row() {
        RegistryEntry entry;
        entry.device_id = name(device_id_, "device_id");
        entry.site = name(site_, "site");
        entry.zone = optional_name(zone_, "zone");
        entry.group = optional_name(group_, "group");
        entry.valve_device = optional_name(valve_device_, "valve_device");
        entry.kind = choice<DeviceKind>(kind_, "kind", kDeviceKindNames, entry.kind);
        entry.gas = choice<Gas>(gas_, "gas", kGasNames, entry.gas);
        if (!text(profile_).empty()) entry.profile = name(profile_, "profile").str();
        entry.location = text(location_);
        entry.installed_on = date(installed_on_, "installed_on");
        entry.expires_on = date(expires_on_, "expires_on");
        entry.expected_interval = interval();
        entry.ack_telemetry =
            choice<Answer>(ack_telemetry_, "ack_telemetry", kAnswers, Answer::no) == Answer::yes;
        keep(entry);
    }

    void keep(const RegistryEntry& entry) {
        if (entry.device_id.empty()) return;  // Reported.
        if (const auto first = index_.find(entries_, entry.device_id)) {
            return report(reader_.line(), "device_id",
                          "expected each device once, got a second " +
                              quote(entry.device_id.view()) + " (the first is on line " +
                              std::to_string(lines_[*first]) + ")");
        }
        entries_.push_back(entry);
        lines_.push_back(static_cast<std::uint32_t>(reader_.line()));
        index_.insert(entries_, entries_.size() - 1);
    }

    /// Once all devices are known.
    void check_valves() {
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            const std::string_view valve = entries_.valve_device(i);
            if (valve.empty() || index_.find(entries_, valve)) continue;
            report(lines_[i], "valve_device",
                   expected_got("the device_id of a row of this file", valve));
        }
    }

    using Column = std::optional<std::size_t>;
    enum class Answer : std::uint8_t { no, yes };
    static constexpr std::array<std::string_view, 2> kAnswers{"no", "yes"};

    [[nodiscard]] std::string_view text(Column column) const { return reader_.field(column); }

    Name name(Column column, std::string_view title) {
        if (is_name(text(column))) return Name{text(column)};
        report(reader_.line(), title, expected_got(kName, text(column)));
        return {};
    }

    Name optional_name(Column column, std::string_view title) {
        return text(column).empty() ? Name{} : name(column, title);
    }

    template <class Enum>
    Enum choice(Column column, std::string_view title, std::span<const std::string_view> names,
                Enum fallback) {
        if (text(column).empty()) return fallback;
        const auto at = std::find(names.begin(), names.end(), text(column));
        if (at != names.end()) return static_cast<Enum>(at - names.begin());
        report(reader_.line(), title,
               expected_got(listed(names), text(column)) + did_you_mean(text(column), names));
        return fallback;
    }

    std::optional<Instant> date(Column column, std::string_view title) {
        if (text(column).empty()) return std::nullopt;
        const std::optional<Instant> at = parse_date(text(column));
        if (!at) {
            report(reader_.line(), title,
                   expected_got("a date as 2026-11-21 or a time as 2026-11-21T08:00:00Z",
                                text(column)));
        }
        return at;
    }

    std::optional<Duration> interval() {
        if (text(interval_).empty()) return std::nullopt;
        const std::optional<std::int64_t> seconds = parse_integer(text(interval_));
        if (seconds && *seconds >= 1 && *seconds <= kIntervalSecondsMax) {
            return std::chrono::seconds{*seconds};
        }
        report(reader_.line(), "expected_interval_s",
               expected_got("an integer from 1 to " + std::to_string(kIntervalSecondsMax),
                            text(interval_)));
        return std::nullopt;
    }

    void report(std::size_t line, std::string_view title, std::string_view what) {
        report((reader_.file_name() + ":" + std::to_string(line) + ": ")
                   .append(title)
                   .append(": ")
                   .append(what));
    }

    void report(const std::string& message) {
        if (++problems_ > kRegistryErrorsMax) return;
        if (!message_.empty()) message_ += '\n';
        message_ += message;
    }

    CsvReader reader_;
    Column device_id_ = reader_.column("device_id");
    Column site_ = reader_.column("site");
    Column zone_ = reader_.column("zone");
    Column group_ = reader_.column("group");
    Column kind_ = reader_.column("kind");
    Column profile_ = reader_.column("profile");
    Column gas_ = reader_.column("gas");
    Column location_ = reader_.column("location");
    Column valve_device_ = reader_.column("valve_device");
    Column installed_on_ = reader_.column("installed_on");
    Column expires_on_ = reader_.column("expires_on");
    Column interval_ = reader_.column("expected_interval_s");
    Column ack_telemetry_ = reader_.column("ack_telemetry");

    DeviceRegistry entries_;
    std::vector<std::uint32_t> lines_;  // Where each entry stands.
    DeviceIndex index_;
    std::string message_;
    std::size_t problems_ = 0;
};

}  // namespace

Result<DeviceRegistry> parse_registry(std::string_view text, std::string file_name) {
    Result<CsvReader> reader = CsvReader::open(text, std::move(file_name));
    if (!reader) return tl::unexpected{reader.error()};
    const Result<void> columns = reader->expect_columns(
        {"device_id", "site"},
        {"zone", "group", "kind", "profile", "gas", "location", "valve_device", "installed_on",
         "expires_on", "expected_interval_s", "ack_telemetry"});
    if (!columns) return tl::unexpected{columns.error()};
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    return RegistryParser{std::move(*reader), lines + 1}.parse();
}

Result<DeviceRegistry> load_registry(const std::filesystem::path& file) {
    const Result<std::string> text = read_file(file, kRegistryBytesMax);
    if (!text) return tl::unexpected{text.error()};
    return parse_registry(*text, file.string());
}

}  // namespace mercaptan::config
