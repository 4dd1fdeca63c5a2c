#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace mercaptan::metrics {

/// Values must come from a small fixed set: every combination is a series that lives for ever.
using Labels = std::map<std::string, std::string>;

/// Handles are looked up once and kept; they live as long as their Registry and may be used from
/// any thread.
class Counter {
public:
    explicit Counter(prometheus::Counter& impl) : impl_{&impl} {}
    void inc(double by = 1);  // A negative `by` is ignored: counters never fall.
    [[nodiscard]] double value() const;

private:
    prometheus::Counter* impl_;
};

class Gauge {
public:
    explicit Gauge(prometheus::Gauge& impl) : impl_{&impl} {}
    void set(double value);
    void inc(double by = 1);
    void dec(double by = 1);
    [[nodiscard]] double value() const;

private:
    prometheus::Gauge* impl_;
};

class Histogram {
public:
    explicit Histogram(prometheus::Histogram& impl) : impl_{&impl} {}
    void observe(double value);  // Seconds, for a time.

private:
    prometheus::Histogram* impl_;
};

/// Upper bounds in seconds for latencies: 0.1 ms to 10 s, three to a decade.
[[nodiscard]] std::vector<double> latency_buckets();

/// The series of one program, and their text for a scrape.
///
/// Asking again for the same name and labels gives the same handle. A name or label that Prometheus
/// would not take, one name used for two kinds, or bounds that do not rise are broken invariants:
/// they are written in the code, not by a user.
class Registry {
public:
    Registry();
    ~Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
    Histogram& histogram(std::string_view name, std::string_view help, const Labels& labels = {},
                         const std::vector<double>& buckets = latency_buckets());

    /// A gauge whose value is asked for at every scrape. `read` runs in text(), must not block or
    /// call the registry, and must stay callable until drop_callbacks() or the registry's end.
    void gauge_callback(std::string_view name, std::string_view help, const Labels& labels,
                        std::function<double()> read);

    /// The same for a total that somebody else counts; it must never fall.
    void counter_callback(std::string_view name, std::string_view help, const Labels& labels,
                          std::function<double()> read);

    /// Forgets the callbacks (their last values stay), so that what they look at can be destroyed.
    void drop_callbacks();

    /// `mercaptan_build_info{version} 1`.
    void build_info(std::string_view version);

    /// Everything in the Prometheus text format 0.0.4.
    [[nodiscard]] std::string text();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace mercaptan::metrics
