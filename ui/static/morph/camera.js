// Takes a photograph with the camera: a press shows what it sees, another one takes it.

/** Show what the camera sees in a video element: gives what ends it; rejects where there is no camera or it may not be used. */
export async function openCamera(video) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const close = () => {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
    video.hidden = true;
  };
  try {
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    return close;
  } catch (error) {
    close();
    throw error;
  }
}

/** Whether there may be a camera: none without https. */
export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

/** Shows the camera in `video`; taken(file) is called with the photograph, failed(key) where there is no camera. */
export function mountCamera(video, button, { t, signal, taken, failed }) {
  let close = null; // ends what is shown
  if (!hasCamera()) button.hidden = true;

  function stop() {
    close?.();
    close = null;
    button.textContent = t("stop.camera");
  }

  async function begin() {
    try {
      close = await openCamera(video);
      if (signal.aborted) return stop();
      button.textContent = t("stop.camera.take");
    } catch {
      failed("stop.camera.failed");
    }
  }

  async function take() {
    const { videoWidth: width, videoHeight: height } = video;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").drawImage(video, 0, 0);
    stop();
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.95));
    taken(new File([blob], "photo.jpg", { type: "image/jpeg" }));
  }

  button.addEventListener("click", () => (close ? take() : begin()));
  signal.addEventListener("abort", stop);
  return {
    stop,
    get isOn() {
      return close !== null;
    },
  };
}
