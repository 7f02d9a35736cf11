-- Takes one permit of every limit, or none. Returns 0 when taken, else milliseconds until something changes.
-- KEYS: one hash per limit. ARGV: lane, slices per window, then calls and window (ms) of each limit.
-- Hash: "<slice>:<lane>" -> permits taken in that slice, "seen:<lane>" -> when the lane last asked.
-- The clock is the server's own, so that workers whose clocks differ count the same window. Every slice that touches the
-- window counts whole, so no window of that length ever holds more than `calls`.
-- Lanes that asked lately keep a share of each window: a flood in one lane delays the others by a window at most, and a
-- lane that is alone may use everything. A backfill leaves a tenth of hourly and daily quotas to the rest.
local now = redis.call('TIME')
local ms = now[1] * 1000 + math.floor(now[2] / 1000)
local lane = ARGV[1]
local BACKFILL = '3'
local slices = tonumber(ARGV[2])
local wait = 0
local slots = {}
for i, name in ipairs(KEYS) do
  local calls = tonumber(ARGV[1 + 2 * i])
  local window = tonumber(ARGV[2 + 2 * i])
  local width = math.max(1, math.ceil(window / slices))
  local horizon = math.min(window, 60000) + 2000
  local first = math.floor((ms - window) / width)
  local raw = redis.call('HGETALL', name)
  local total, oldest = 0, nil
  local used, active, stale = {}, {}, {}
  for j = 1, #raw, 2 do
    local left, right = string.match(raw[j], '^([^:]+):(.+)$')
    if left == 'seen' then
      if tonumber(raw[j + 1]) > ms - horizon then active[right] = true end
    elseif tonumber(left) < first then
      stale[#stale + 1] = raw[j]
    else
      local count = tonumber(raw[j + 1])
      total = total + count
      used[right] = (used[right] or 0) + count
      local slice = tonumber(left)
      if oldest == nil or slice < oldest then oldest = slice end
    end
  end
  if #stale > 0 then redis.call('HDEL', name, unpack(stale)) end
  active[lane] = true
  redis.call('HSET', name, 'seen:' .. lane, ms)
  redis.call('PEXPIRE', name, 2 * window + 10000)
  local lanes = 0
  for _ in pairs(active) do lanes = lanes + 1 end
  local share = math.floor(calls / (lanes + 1))
  if share == 0 and calls >= lanes then share = 1 end
  local kept = 0
  for other in pairs(active) do
    if other ~= lane then kept = kept + math.max(0, share - (used[other] or 0)) end
  end
  if lane == BACKFILL and window >= 3600000 then kept = math.max(kept, math.floor(calls / 10)) end
  if total + kept + 1 > calls then
    local free = window
    if oldest ~= nil then free = (oldest + 1) * width + window - ms end
    wait = math.max(wait, free, 1)
  end
  slots[i] = math.floor(ms / width) .. ':' .. lane
end
if wait > 0 then return wait end
for i, name in ipairs(KEYS) do redis.call('HINCRBY', name, slots[i], 1) end
return 0
