#include "processor/io/journal.h"

#include <array>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "processor/io/bytes.h"
#include "processor/io/rows.h"
#include "processor/io/tables.h"

// row: 0 u8 | version u8 | closed_at zigzag | commits back to needed_from | print u64 | entry ...
// entry: kind u8 | what the kind says
// A gateway or a time holds for all entries behind it, until the next one of its kind.
namespace mercaptan::processor {
namespace {

constexpr char kMark = '\0';  // A bare row begins with the length of a site's name, which is not 0.
constexpr std::uint8_t kVersion = 1;

enum class Kind : std::uint8_t {
    gateway = 1,
    time,  // Zigzag, since the last one.
    reading,
    reading_not_counted,
    tick,
    online,
    unreadable,
    valve,
    command,
    reload,
    start,
};

/// The values that an enumeration has: what is read must be one of them.
template <class Enum>
struct Range;
template <>
struct Range<Lane> {
    static constexpr std::uint64_t first = 0, last = 1;
};
template <>
struct Range<ValveReport::Outcome> {
    static constexpr std::uint64_t first = 0, last = 3;
};
template <>
struct Range<TicketKind> {
    static constexpr std::uint64_t first = 0, last = kTicketKindCount - 1;
};
template <>
struct Range<TicketClass> {
    static constexpr std::uint64_t first = 1, last = 3;
};
template <>
struct Range<Symptom> {
    static constexpr std::uint64_t first = 0, last = kSymptomCount - 1;
};
template <>
struct Range<AlarmEvent> {
    static constexpr std::uint64_t first = 0, last = kAlarmEventCount - 1;
};

// The parts of every kind, once for both directions. The bindings name all of them: one that is
// added there does not compile until it is added here.
template <class Codec>
void parts(Codec& codec, Origin& origin) {
    auto& [epoch, seq, part, lane] = origin;
    codec(epoch, seq, part, lane);
}
template <class Codec>
void parts(Codec& codec, OnlineChange& change) {
    auto& [site, device, online, received_at, origin] = change;
    codec(site, device, online, received_at, origin);
}
template <class Codec>
void parts(Codec& codec, UnreadableMessage& message) {
    auto& [site, device, on_alarm_topic, reason, received_at, origin] = message;
    codec(site, device, on_alarm_topic, reason, received_at, origin);
}
template <class Codec>
void parts(Codec& codec, ValveReport& report) {
    auto& [site, valve, id, outcome, detail, ticket, reason, received_at, origin] = report;
    codec(site, valve, id, outcome, detail, ticket, reason, received_at, origin);
}
template <class Codec>
void parts(Codec& codec, Field& field) {
    auto& [name, value] = field;
    codec(name, value);
}
template <class Codec>
void parts(Codec& codec, TicketEvent& event) {
    auto& [name] = event;
    codec(name);
}
template <class Codec>
void parts(Codec& codec, FaultReport& report) {
    auto& [kind, ticket_class, policy, channel, site, zone, symptom, received_at, occurred_at,
           description, safety] = report;
    codec(kind, ticket_class, policy, channel, site, zone, symptom, received_at, occurred_at,
          description, safety);
}
template <class Codec>
void parts(Codec& codec, TicketCommand& command) {
    auto& [ticket_id, event, at, if_version, note, crew, ticket_class, fields] = command;
    codec(ticket_id, event, at, if_version, note, crew, ticket_class, fields);
}
template <class Codec>
void parts(Codec& codec, AlarmCommand& command) {
    auto& [alarm_id, event, until, note] = command;
    codec(alarm_id, event, until, note);
}
template <class Codec>
void parts(Codec& codec, OperatorCommand& command) {
    auto& [id, actor, idempotency_key, what] = command;  // The id names a caller of that process.
    codec(actor, idempotency_key, what);
}
template <class Codec>
void parts(Codec& codec, LoggedReload& reload) {
    auto& [content] = reload;
    codec(content);
}
template <class Codec>
void parts(Codec& codec, LoggedStart& start) {
    auto& [content, program] = start;
    codec(content, program);
}

class Encoder {
public:
    explicit Encoder(std::string& out) : out_{out} {}

    template <class... Parts>
    void operator()(Parts&... parts) {
        (put(parts), ...);
    }

private:
    void put(bool truth) { out_.push_back(truth ? '\1' : '\0'); }
    void put(std::uint32_t number) { bytes::put_varint(out_, number); }
    void put(std::uint64_t number) { bytes::put_varint(out_, number); }
    void put(Instant at) { bytes::put_varint(out_, bytes::zigzag(at.ms)); }
    void put(std::string& text) { bytes::put_text(out_, text); }
    void put(Name& name) { bytes::put_text(out_, name.view()); }
    template <class T>
    void put(std::optional<T>& maybe) {
        put(maybe.has_value());
        if (maybe) put(*maybe);
    }
    template <class T>
    void put(std::vector<T>& all) {
        bytes::put_varint(out_, all.size());
        for (T& one : all) put(one);
    }
    template <class... Kinds>
    void put(std::variant<Kinds...>& one) {
        bytes::put_varint(out_, one.index());
        std::visit([this](auto& kind) { this->put(kind); }, one);
    }
    template <class T>
    void put(T& value) {
        if constexpr (std::is_enum_v<T>) {
            bytes::put_varint(out_, static_cast<std::uint64_t>(value));
        } else {
            parts(*this, value);
        }
    }

    std::string& out_;
};

class Decoder {
public:
    explicit Decoder(bytes::Reader& in) : in_{in} {}

    template <class... Parts>
    void operator()(Parts&... parts) {
        (take(parts), ...);
    }

private:
    void take(bool& truth) { truth = in_.varint_up_to(1) != 0; }
    void take(std::uint32_t& number) {
        number = static_cast<std::uint32_t>(in_.varint_up_to(UINT32_MAX));
    }
    void take(std::uint64_t& number) { number = in_.varint(); }
    void take(Instant& at) {
        at = Instant{in_.signed_varint()};
        if (at < kInstantMin || at > kInstantMax) in_.fail();
    }
    void take(std::string& text) { text = in_.text(); }
    void take(Name& name) {
        const std::string_view text = in_.text();
        if (!Name::fits(text)) return in_.fail();
        name = Name{text};
    }
    template <class T>
    void take(std::optional<T>& maybe) {
        bool given = false;
        take(given);
        maybe.reset();
        if (given) take(maybe.emplace());
    }
    template <class T>
    void take(std::vector<T>& all) {
        all.clear();
        for (std::uint64_t left = in_.varint(); left > 0 && in_.ok(); --left)
            take(all.emplace_back());
    }
    template <class... Kinds>
    void take(std::variant<Kinds...>& one) {
        const std::uint64_t index = in_.varint_up_to(sizeof...(Kinds) - 1);
        std::uint64_t at = 0;
        ((at++ == index ? take(one.template emplace<Kinds>()) : void()), ...);
    }
    template <class T>
    void take(T& value) {
        if constexpr (std::is_enum_v<T>) {
            const std::uint64_t number = in_.varint_up_to(Range<T>::last);
            if (number < Range<T>::first) in_.fail();
            value = static_cast<T>(number);
        } else {
            parts(*this, value);
        }
    }

    bytes::Reader& in_;
};

Kind kind_of(const LoggedRecord& record) {
    constexpr std::array kKinds{Kind::tick,  Kind::reading, Kind::online, Kind::unreadable,
                                Kind::valve, Kind::command, Kind::reload, Kind::start};
    static_assert(kKinds.size() == std::variant_size_v<decltype(LoggedRecord::body)>);
    return kKinds[record.body.index()];
}

/// Takes one entry; false if it was none by itself: it said where or when those behind it are.
bool take_entry(bytes::Reader& in, LoggedRecord& record) {
    Decoder decode{in};
    const auto of = [&]<class Body>(Body&& body) {
        decode(record.body.emplace<std::decay_t<Body>>(std::forward<Body>(body)));
        return true;
    };
    const auto kind = static_cast<Kind>(in.byte());
    switch (kind) {
        case Kind::gateway:
            decode(record.gateway);
            return false;
        case Kind::time:
            record.at.ms = bytes::add_wrapped(record.at.ms, in.signed_varint());
            if (record.at < kInstantMin || record.at > kInstantMax) in.fail();
            return false;
        case Kind::reading:
        case Kind::reading_not_counted: {
            HistoryRow row;
            take_journal_reading(in, row);
            record.body = LoggedReading{row.reading, kind == Kind::reading};
            return true;
        }
        case Kind::tick:
            record.body.emplace<Tick>();
            return true;
        case Kind::online:
            return of(OnlineChange{});
        case Kind::unreadable:
            return of(UnreadableMessage{});
        case Kind::valve:
            return of(ValveReport{});
        case Kind::command:
            return of(OperatorCommand{});
        case Kind::reload:
            return of(LoggedReload{});
        case Kind::start:
            return of(LoggedStart{});
    }
    in.fail();
    return false;
}

Failure malformed() {
    return fail(ErrorCode::corrupt, "journal: malformed value");
}

JournalHead take_head(bytes::Reader& in) {
    JournalHead head;
    if (in.byte() != static_cast<std::uint8_t>(kMark) || in.byte() != kVersion) in.fail();
    head.closed_at = Instant{in.signed_varint()};
    head.needed_from = in.varint();
    head.print = in.big_endian<std::uint64_t>();
    return head;
}

}  // namespace

void JournalWriter::begin(Instant at, const Name& gateway) {
    if (gateway != gateway_) {
        gateway_ = gateway;
        entries_.push_back(static_cast<char>(Kind::gateway));
        bytes::put_text(entries_, gateway.view());
    }
    if (at != at_) {
        entries_.push_back(static_cast<char>(Kind::time));
        bytes::put_varint(entries_, bytes::zigzag(bytes::difference(at.ms, at_.ms)));
        at_ = at;
    }
}

void JournalWriter::add(Instant at, const Name& gateway, const Reading& reading, bool late,
                        bool counted) {
    begin(at, gateway);
    entries_.push_back(static_cast<char>(counted ? Kind::reading : Kind::reading_not_counted));
    encode_journal_reading(entries_, reading, at, late);
}

void JournalWriter::add(const LoggedRecord& record) {
    begin(record.at, record.gateway);
    entries_.push_back(static_cast<char>(kind_of(record)));
    Encoder encode{entries_};
    std::visit(
        [&](const auto& body) {
            using Body = std::decay_t<decltype(body)>;
            static_assert(!std::is_same_v<Body, Reading>);
            if constexpr (!std::is_same_v<Body, Tick> && !std::is_same_v<Body, LoggedReading>) {
                Body copy = body;
                encode(copy);
            }
        },
        record.body);
}

void JournalWriter::finish(std::string& value, const JournalHead& head) {
    value.clear();
    value.push_back(kMark);
    value.push_back(static_cast<char>(kVersion));
    bytes::put_varint(value, bytes::zigzag(head.closed_at.ms));
    bytes::put_varint(value, head.needed_from);
    bytes::put_big_endian(value, head.print);
    value.append(entries_);
    entries_.clear();
    gateway_ = {};
    at_ = {};
}

bool is_bare_journal(std::string_view value) {
    return value.empty() || value.front() != kMark;
}

Result<JournalHead> decode_journal_head(std::string_view value) {
    if (is_bare_journal(value)) return JournalHead{};
    bytes::Reader in{value};
    const JournalHead head = take_head(in);
    if (!in.ok()) return malformed();
    return head;
}

Result<void> decode_journal(std::string_view value,
                            const std::function<bool(const LoggedRecord&)>& visit) {
    bytes::Reader in{value};
    LoggedRecord record;
    if (is_bare_journal(value)) {
        while (!in.empty()) {
            HistoryRow row;
            take_journal_reading(in, row);
            if (!in.ok()) return malformed();
            record.at = row.recorded_at;
            record.body = LoggedReading{row.reading, true};
            if (!visit(record)) return {};
        }
        return {};
    }
    (void)take_head(in);
    while (in.ok() && !in.empty()) {
        const bool whole = take_entry(in, record);
        if (!in.ok()) return malformed();
        if (whole && !visit(record)) return {};
    }
    return in.ok() ? Result<void>{} : malformed();
}

Result<std::uint64_t> needed_journal(const store::Store& store) {
    Result<JournalHead> last;
    const auto scanned = store.scan_back(table(StoreTable::journal), {}, {},
                                         [&](std::string_view, std::string_view value) {
                                             last = decode_journal_head(value);
                                             return false;
                                         });
    if (!scanned) return tl::unexpected{scanned.error()};
    return last.map([](const JournalHead& head) { return head.needed_from; });
}

}  // namespace mercaptan::processor
