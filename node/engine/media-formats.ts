/**
 * ffmpeg's names of the formats that hold their media themselves. Playlists (HLS, DASH, concat)
 * are media to ffmpeg as well and would be followed to files and addresses.
 */
export const MEDIA_FORMATS =
  'mov,mp4,m4a,3gp,matroska,webm,mpegts,mpeg,flv,avi,asf,ogg,mp3,aac,flac,wav,amr,aiff,caf,' +
  'gif,image2,jpeg_pipe,png_pipe,webp_pipe,bmp_pipe';
