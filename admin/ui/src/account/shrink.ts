const SIDE = 512;

/** The middle of a picture as a square small enough to send over any line. What this browser cannot read goes as it is:
 * the hub says what is wrong with it. */
export async function shrink(file: File): Promise<Blob> {
  try {
    const picture = await createImageBitmap(file);
    const side = Math.min(picture.width, picture.height);
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = Math.min(SIDE, side);
    const from = { x: (picture.width - side) / 2, y: (picture.height - side) / 2 };
    canvas.getContext("2d")?.drawImage(picture, from.x, from.y, side, side, 0, 0, canvas.width, canvas.height);
    picture.close();
    return await new Promise((done) => canvas.toBlob((made) => done(made ?? file), "image/png"));
  } catch {
    return file;
  }
}
