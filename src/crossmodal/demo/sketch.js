/* A sheet to draw on with the mouse, a finger or a pen. Runs once, for the element around it. */
const sheet = element.querySelector("canvas");
const pen = sheet.getContext("2d");

function place(event) {
	const box = sheet.getBoundingClientRect();
	return [
		((event.clientX - box.left) * sheet.width) / box.width,
		((event.clientY - box.top) * sheet.height) / box.height,
	];
}

function draw(event) {
	pen.lineTo(...place(event));
	pen.stroke();
	sheet.dataset.drawn = "yes";
}

sheet.onpointerdown = (event) => {
	if (!event.isPrimary || event.button) return;
	sheet.setPointerCapture(event.pointerId);
	Object.assign(pen, { lineWidth: 20, lineCap: "round", lineJoin: "round" });
	pen.strokeStyle = sheet.dataset.ink;
	pen.beginPath();
	draw(event);
};
sheet.onpointermove = (event) => {
	if (event.isPrimary && sheet.hasPointerCapture(event.pointerId)) draw(event);
};
