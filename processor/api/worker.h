#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace mercaptan::processor::api {

/// One thread for answers that read much: they wait for each other, and nothing else for them.
class Worker {
public:
    static constexpr std::size_t kWaitingMax = 8;

    Worker();
    /// What waits is dropped.
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// False if kWaitingMax are waiting.
    [[nodiscard]] bool submit(std::function<void()> work);

private:
    void run();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace mercaptan::processor::api
