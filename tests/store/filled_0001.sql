-- Rows in every table of the first schema, as its first users have them.
INSERT INTO api_keys (id, name, key_hash, last_used_at)
VALUES ('01900000-0000-7000-8000-000000000001', 'billing', '\x0102', '2026-01-02T03:04:05Z');
INSERT INTO installation (id, secret_fingerprint) VALUES (1, '\xabcdef');
INSERT INTO sites (id, name) VALUES ('north', 'North');
INSERT INTO stations (station_id, site_id, registration, security_profile, password_hash, strict,
    vendor, model, serial_number, firmware_version, booted_at, boot_reason, status,
    status_reported, status_at, error_code, revision)
VALUES ('S1', 'north', 'accepted', 1, '\x0a0b', true, 'V', 'M', '42', '1.0',
        '2026-01-02T03:00:00Z', 'PowerUp', 'available', 'Available', '2026-01-02T03:00:01Z',
        'NoError', 7),
       ('S2', NULL, 'pending', 0, NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, 1);
INSERT INTO station_presence VALUES ('S1', 1767322800000000000, 'ocpp1.6', '192.0.2.7',
    '2026-01-02T03:00:00Z', NULL, '2026-01-02T04:00:00Z');
INSERT INTO evses VALUES ('S1', 1), ('S1', 2);
INSERT INTO connectors VALUES ('S1', 1, 1, 'occupied', 'charging', 'Charging', 'NoError', NULL,
    NULL, NULL, '2026-01-02T03:10:00Z', '2026-01-02T03:10:01Z');
INSERT INTO token_groups VALUES ('fleet', 'Fleet');
INSERT INTO tokens (key, value, type, status, expires_at, group_key, master_pass, credit_minor,
    currency, revision)
VALUES ('04aabb', '04AABB', 'ISO14443', 'accepted', '2030-01-01T00:00:00Z', 'fleet', false, 5000,
        'EUR', 3);
INSERT INTO transactions (station_id, id, station_ref, evse_id, connector_id, token, token_key,
    token_status, started_at, started_received_at, ended_at, ended_received_at, stop_reason,
    register_start, register_start_at, register_last, register_last_at, energy_wh, seq_no,
    last_event_at, flags, version)
VALUES ('S1', '01900000-0000-7000-8000-000000000002', '101', 1, 1, '04AABB', '04aabb', 'accepted',
        '2026-01-02T03:05:00Z', '2026-01-02T03:05:01Z', '2026-01-02T04:05:00Z',
        '2026-01-02T04:05:01Z', 'Local', 1000.5, '2026-01-02T03:05:00Z', 8000.25,
        '2026-01-02T04:05:00Z', 7000, NULL, '2026-01-02T04:05:00Z', '{no_meter}', 4),
       ('S1', '01900000-0000-7000-8000-000000000003', '102', 2, 1, '04AABB', '04aabb', 'accepted',
        '2026-01-02T03:06:00Z', '2026-01-02T03:06:01Z', NULL, NULL, NULL, 0,
        '2026-01-02T03:06:00Z', 10, '2026-01-02T03:07:00Z', NULL, 3, '2026-01-02T03:07:00Z', '{}',
        2);
CREATE TABLE meter_values_202601 PARTITION OF meter_values
    FOR VALUES FROM ('2026-01-01 00:00+00') TO ('2026-02-01 00:00+00');
INSERT INTO meter_values
VALUES ('S1', 1, '01900000-0000-7000-8000-000000000002', '2026-01-02T03:30:01Z',
        '2026-01-02T03:30:00Z', 'Energy.Active.Import.Register', 4000.123456789, 'Wh', NULL,
        'Sample.Periodic', 'Outlet', NULL),
       ('S1', 1, NULL, '1970-01-01T00:00:01Z', '1970-01-01T00:00:00Z', 'Voltage', NULL, 'V', 'L1',
        'Sample.Clock', 'Outlet', 'NaN');
CREATE TABLE journal_20260102 PARTITION OF journal
    FOR VALUES FROM ('2026-01-02 00:00+00') TO ('2026-01-03 00:00+00');
INSERT INTO journal
VALUES ('01900000-0000-7000-8000-000000000004', 'S1', '2026-01-02T03:00:00Z', 'in', 'ocpp1.6', '1',
        'BootNotification', '[2,"1","BootNotification",{}]', '{}', 'ok', 1.5),
       ('01900000-0000-7000-8000-000000000005', 'S1', '1970-01-01T00:00:00Z', 'in', 'ocpp1.6', NULL,
        NULL, 'pong', NULL, 'ignored', 0.1);
INSERT INTO receipts VALUES ('S1', '\x00ff', '{"transactionId":101}', '2027-01-02T00:00:00Z');
INSERT INTO quarantine (station_id, received_at, action, frame, reply, sqlstate, error)
VALUES ('S1', '2026-01-02T03:00:00Z', 'MeterValues', '[2]', '{}', '22003', 'NumericValueOutOfRange');
INSERT INTO handshake_attempts VALUES ('S9', '192.0.2.9', 'unknown_station', 404, '/S9', 'ocpp1.6',
    '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', 12);
INSERT INTO commit_mark VALUES ('serve', '01900000-0000-7000-8000-000000000006');
SELECT setval('station_refs', 4201);
