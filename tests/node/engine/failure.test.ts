import { describe, expect, it } from 'vitest';
import { codeOf, errorOf, failureOf, knownError } from '../../../node/engine/failure.ts';

describe('the failure table', () => {
  it.each([
    [
      'private_video',
      'ERROR: [youtube] x: Private video. Sign in if you have been granted access to this video',
    ],
    [
      'removed',
      'ERROR: [youtube] x: Video unavailable. This video has been removed by the uploader',
    ],
    [
      'removed',
      'ERROR: [youtube] x: Video unavailable. This video is no longer available because the YouTube account associated with this video has been terminated.',
    ],
    [
      'members_only',
      'ERROR: [youtube] x: Join this channel to get access to members-only content like this video, and other exclusive perks.',
    ],
    [
      'age_restricted',
      'ERROR: [youtube] x: Sign in to confirm your age. This video may be inappropriate for some users.',
    ],
    [
      'bot_check',
      'ERROR: [youtube] x: Sign in to confirm you’re not a bot. Use --cookies-from-browser or --cookies for the authentication.',
    ],
    [
      'geo_blocked',
      'ERROR: [youtube] x: Video unavailable. The uploader has not made this video available in your country',
    ],
    [
      'geo_blocked',
      'ERROR: [x] y: This video is not available from your location due to geo restriction',
    ],
    [
      'login_required',
      'ERROR: [Instagram] x: Requested content is not available, login required. Use --cookies',
    ],
    [
      'login_required',
      'ERROR: [Instagram] x: Instagram sent an empty media response. Check if this post is accessible in your browser without being logged-in.',
    ],
    [
      'rate_limited',
      'ERROR: [generic] x: Unable to download webpage: HTTP Error 429: Too Many Requests',
    ],
    ['upcoming', 'ERROR: [youtube] x: This live event will begin in 3 hours.'],
    ['upcoming', 'WARNING: [youtube] x: Premieres in 12 minutes'],
    ['drm', 'ERROR: [x] y: This video is DRM protected'],
    ['not_found', 'ERROR: [generic] x: Unable to download webpage: HTTP Error 404: Not Found'],
    ['removed', 'ERROR: [generic] x: Unable to download webpage: HTTP Error 410: Gone'],
    ['incomplete', 'ValueError: write to closed file'],
    ['site_error', 'ERROR: [generic] x: Unable to download webpage: HTTP Error 403: Forbidden'],
    [
      'site_error',
      'ERROR: [generic] x: Unable to download webpage: HTTP Error 503: Service Unavailable',
    ],
    ['unsupported_link', 'ERROR: Unsupported URL: https://example.com/private-video-sign-in'],
    [
      'no_media',
      'ERROR: [x] y: No video formats found!; please report this issue on  https://github.com/yt-dlp/yt-dlp/issues',
    ],
    ['extractor_broken', 'ERROR: [x] y: Unable to extract title; please report this issue on'],
    [
      'no_such_host',
      "ERROR: [generic] Failed to resolve 'x.invalid' ([Errno -2] Name or service not known)",
    ],
    ['site_unreachable', 'ERROR: [generic] x: [Errno 111] Connection refused'],
    ['site_unreachable', 'ERROR: [generic] x: The read operation timed out'],
    ['site_unreachable', 'ERROR: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed'],
    ['incomplete', 'ERROR: fragment 2 not found, unable to continue'],
    ['incomplete', 'ERROR: 100 bytes read, 200 more expected. Giving up after 5 retries'],
    ['disk_full', 'ERROR: unable to write data: [Errno 28] No space left on device'],
    ['too_large', 'ERROR: unable to write data: [Errno 27] File too large'],
    ['convert_failed', 'ERROR: Postprocessing: Conversion failed!'],
    [
      'private_address',
      'ERROR: [generic] x: HTTP Error 403: private_address (caused by <HTTPError 403: private_address>)',
    ],
    [
      'private_address',
      "ERROR: x: ('Unable to connect to proxy', OSError('Tunnel connection failed: 403 private_address'))",
    ],
    [
      'no_such_host',
      "ERROR: x: ('Unable to connect to proxy', OSError('Tunnel connection failed: 502 no_such_host'))",
    ],
  ])('reads %s from %s', (code, line) => {
    expect(codeOf(line)).toBe(code);
  });

  it('does not read words out of the link', () => {
    expect(
      codeOf('ERROR: cannot do https://example.com/private-video-has-been-removed'),
    ).toBeUndefined();
  });

  it('believes an error before a warning that came after it', () => {
    const text = 'ERROR: [x] y: HTTP Error 404: Not Found\nWARNING: Connection refused; retrying\n';
    expect(failureOf(text)?.code).toBe('not_found');
  });
});

describe('errorOf', () => {
  const exit = { code: 1, signal: null, stderr: '' };
  it('calls a kill nobody asked for a lack of memory', () => {
    expect(errorOf({ ...exit, code: null, signal: 'SIGKILL' }).code).toBe('out_of_memory');
  });
  it('blames the extractor for an error nobody knows', () => {
    expect(errorOf({ ...exit, stderr: 'ERROR: zork\n' }).code).toBe('extractor_broken');
  });
  it('blames the engine when yt-dlp said nothing', () => {
    expect(errorOf(exit).code).toBe('engine_failed');
  });
});

describe('a wait the site names', () => {
  const YOUTUBE =
    "WARNING: [youtube] x: Video unavailable. This content isn't available, try again later. The current session has been rate-limited by YouTube for up to an hour. It is recommended to use `-t sleep`";
  it.each([
    [YOUTUBE, 3_600_000],
    ['ERROR: [x] y: rate limit exceeded, try again in 15 minutes', 900_000],
    ['ERROR: [x] y: Too Many Requests, retry after 90 seconds', 90_000],
  ])('is told with the error: %s', (line, wait) => {
    const error = knownError(line, { site: 'youtube' }, 1_000);
    expect(error).toMatchObject({ code: 'rate_limited' });
    expect(error?.facts).toEqual({ site: 'youtube', until: 1_000 + wait });
  });

  it('is not made up', () => {
    expect(knownError('ERROR: HTTP Error 429: Too Many Requests', {}, 1)?.facts).toEqual({});
    expect(knownError('ERROR: [x] y: Private video for 3 hours', {}, 1)?.facts).toEqual({});
  });
});
