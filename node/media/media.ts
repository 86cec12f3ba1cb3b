/** A finished local file, ready to be sent. Paths are absolute and inside the job's folder. */
export type MediaKind = 'video' | 'audio' | 'photo' | 'animation' | 'document';

export interface MediaFile {
  path: string;
  kind: MediaKind;
  bytes: number;
  /** What Telegram shows for documents and audio, made from the title; never a path. */
  fileName: string;
  title?: string | undefined;
  performer?: string | undefined;
  width?: number | undefined;
  height?: number | undefined;
  /** Seconds, whole. */
  duration?: number | undefined;
  /** JPEG, at most 320 px and 200 kB. */
  thumbnail?: string | undefined;
}

/** A file Telegram already holds. */
export interface SentFile extends Omit<MediaFile, 'path' | 'thumbnail'> {
  fileId: string;
}
